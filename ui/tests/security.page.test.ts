/** The area of security, as a person uses it, on a fake door. */
import { describe, expect, it } from "vitest";

import { builtPage, openPage, violations, type Opened } from "./browser";
import { fakeDoor, type FakeDoor } from "./fake-door";
import { GENERATED_KEY } from "./security-fake";

const built = builtPage();

async function atTheDoor(act: (opened: Opened & { door: FakeDoor }) => Promise<void>, dark = true): Promise<void> {
  const door = fakeDoor({ theme: dark ? "dark" : "light" });
  const opened = await openPage(built.browser, built.url, door, { dark });
  await opened.page.getByText("of 14 online").first().waitFor();
  try {
    await act({ ...opened, door });
    // What the program refuses shows as a failed load too.
    expect(opened.complaints.filter((one) => !one.includes("/rpc/"))).toEqual([]);
  } finally {
    await opened.page.context().close();
  }
}

describe("a new device", () => {
  it("takes its name and two presses, shows the key once and says when it came", async () => {
    await atTheDoor(async ({ page, asked, emit, door }) => {
      await page.getByRole("button", { name: "Add device" }).click();
      await page.getByLabel("Endpoint client name").fill("meter-9");
      await page.getByRole("dialog").getByRole("button", { name: "Add", exact: true }).click();
      const dialog = page.getByRole("dialog", { name: "Waiting for meter-9" });
      await dialog.waitFor();
      expect(asked("credential_put")).toMatchObject([{ endpoint: "meter-9", mode: "psk", server: "management" }]);
      expect(await dialog.getByText(GENERATED_KEY).count()).toBe(0);
      await dialog.getByRole("button", { name: "Show the Key, hex" }).click();
      await dialog.getByText(GENERATED_KEY).waitFor();
      await dialog.getByText("coaps://127.0.0.1:5684").waitFor();

      await emit("device", { endpoint: "meter-9", device: { ...door.devices[0], endpoint: "meter-9", registered_at: new Date(Date.now() + 1_000).toISOString() } });
      await page.getByRole("dialog", { name: "meter-9 is here" }).getByRole("button", { name: "Open the device" }).waitFor();
    });
  });

  it("says what is wrong with a key that was typed", async () => {
    await atTheDoor(async ({ page }) => {
      await page.getByRole("button", { name: "Add device" }).click();
      await page.getByLabel("Endpoint client name").fill("meter-9");
      await page.getByRole("button", { name: "Use my own…" }).click();
      await page.getByLabel("Key, in hex").fill("abc");
      await page.getByRole("dialog").getByRole("button", { name: "Add", exact: true }).click();
      await page.getByRole("alert").getByText("odd number of digits").waitFor();
    });
  });
});

describe("credentials", () => {
  it("are listed with their state, found by typing and deleted after a question", async () => {
    await atTheDoor(async ({ page, asked }) => {
      await page.getByRole("button", { name: "Security" }).click();
      await page.getByText("meters-batch-7").waitFor();
      await page.getByText("expires soon").waitFor();
      await page.getByLabel("Filter credentials").fill("valve");
      await page.getByText("meters-batch-7").waitFor({ state: "detached" });
      await page.getByRole("grid", { name: "Credentials" }).getByText("valve-7").first().click({ button: "right" });
      await page.getByRole("menuitem", { name: "Delete…" }).click();
      await page.getByRole("button", { name: "Delete credential" }).click();
      await expect.poll(() => asked("credential_delete")).toHaveLength(1);
    });
  });
});

describe.each([true, false])("dark: %s", (dark) => {
  it("the area is in order", async () => {
    await atTheDoor(async ({ page }) => {
      await page.getByRole("button", { name: "Security" }).click();
      await page.getByText("meters-batch-7").waitFor();
      expect(await violations(page)).toEqual([]);
      await page.getByRole("button", { name: "Add device" }).first().click();
      await page.getByLabel("Endpoint client name").waitFor();
      expect(await violations(page)).toEqual([]);
    }, dark);
  });
});
