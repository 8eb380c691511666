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

describe("the authority", () => {
  it("issues a certificate with its key, shown once, and warns of those that end soon", async () => {
    await atTheDoor(async ({ page, asked }) => {
      await page.getByRole("button", { name: "Security" }).click();
      await page.getByRole("tab", { name: "Authority" }).click();
      await page.getByText("expires soon").waitFor();
      await page.getByLabel("Endpoint client name, which becomes the common name").fill("valve-8");
      await page.getByRole("button", { name: "Issue", exact: true }).click();
      await page.getByText("The private key is shown this once").waitFor();
      expect(asked("authority_issue")).toMatchObject([{ endpoint: "valve-8" }]);
      await page.getByRole("button", { name: /^Trust CN=Meridian/ }).click();
      await page.getByRole("button", { name: "Trust no more", exact: true }).click();
      await expect.poll(() => asked("trust_anchor_delete")).toHaveLength(1);
    });
  });
});

describe("the server's identity", () => {
  it("stays what it was when a key does not belong to the certificate, and says so", async () => {
    await atTheDoor(async ({ page }) => {
      await page.getByRole("button", { name: "Security" }).click();
      await page.getByRole("tab", { name: "Server identity" }).click();
      await page.getByRole("button", { name: "Import a pair…" }).click();
      await page.getByLabel("Certificate (PEM)").fill("-----BEGIN CERTIFICATE-----");
      await page.getByLabel("Private key (PEM)").fill("-----BEGIN PRIVATE KEY-----");
      await page.getByRole("button", { name: "Use this pair" }).click();
      await page.getByRole("alert").getByText("their public keys differ").waitFor();
    });
  });
});

describe.each([true, false])("dark: %s", (dark) => {
  it("the area is in order", async () => {
    await atTheDoor(async ({ page }) => {
      await page.getByRole("button", { name: "Security" }).click();
      await page.getByText("meters-batch-7").waitFor();
      expect(await violations(page)).toEqual([]);
      for (const [tab, words] of [["Server identity", "What devices are shown"], ["Authority", "This authority"]] as const) {
        await page.getByRole("tab", { name: tab }).click();
        await page.getByText(words).waitFor();
        expect(await violations(page)).toEqual([]);
      }
      await page.getByRole("button", { name: "Add device" }).first().click();
      await page.getByLabel("Endpoint client name", { exact: true }).waitFor();
      expect(await violations(page)).toEqual([]);
    }, dark);
  });
});
