/** What a person does with the built page, without the real program. */
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

import { describe, expect, it } from "vitest";

import { builtPage, DIST, openPage } from "./browser";
import { fakeDoor } from "./fake-door";

/** Kilobytes of JavaScript in all, compressed. */
const JS_BUDGET_KB = 350;

const built = builtPage();

describe("the page", () => {
  it("fits a long device list beside its scrollbar into the smallest window", async () => {
    const { page } = await openPage(built.browser, built.url, fakeDoor({ devices: 500 }));
    const table = page.getByRole("grid", { name: "Devices" });
    await table.locator("[data-index]").first().waitFor();
    const room = await table.evaluate((one: HTMLElement) => [one.offsetWidth - one.clientWidth, one.scrollWidth - one.clientWidth]);
    expect(room[0]).toBeGreaterThan(0);
    expect(room[1]).toBe(0);
    await page.context().close();
  });

  it("keeps the JavaScript within its budget", () => {
    const scripts = readdirSync(`${DIST}/assets`).filter((name) => name.endsWith(".js"));
    const sizes = scripts.map((name) => gzipSync(readFileSync(`${DIST}/assets/${name}`)).length);
    expect(sizes.reduce((a, b) => a + b, 0) / 1024).toBeLessThan(JS_BUDGET_KB);
  });

  it("takes the token out of the address bar", async () => {
    const { page } = await openPage(built.browser, built.url, fakeDoor());
    await page.getByText("of 14 online").first().waitFor();
    expect(page.url()).toBe(`${built.url}/`);
    await page.context().close();
  });

  it("starts where the system's locale is C", async () => {
    const context = await built.browser.newContext();
    await context.addInitScript(() => {
      Object.defineProperty(navigator, "language", { value: "C", configurable: true });
    });
    const page = await context.newPage();
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    await page.goto(built.url);
    await page.getByText("LwM2M Workbench").first().waitFor();
    expect(errors).toEqual([]);
    await context.close();
  });

  it("says why it cannot reach the program", async () => {
    const door = fakeDoor();
    door.answer = () => ({ status: 401, body: { code: "unauthorized", message: "The token is wrong.", details: null } });
    const { page } = await openPage(built.browser, built.url, door);
    await page.getByText("This page belongs to an earlier run").first().waitFor();
    await page.context().close();
  });
});

describe("the devices table", () => {
  it("shows 100,000 devices with few rows in the page, and filters them", async () => {
    const { page } = await openPage(built.browser, built.url, fakeDoor({ devices: 100_000 }));
    await page.getByText("of 100,000 online").waitFor();
    const rows = page.locator(".devices [role=row][data-index]");
    const grid = page.getByRole("grid", { name: "Devices" });
    await grid.evaluate((element) => (element.scrollTop = element.scrollHeight / 2));
    await page.locator('[role=row][data-index="50010"]').waitFor();
    expect(await rows.count()).toBeLessThan(80);
    await page.keyboard.press("/");
    await page.keyboard.type("meter-0083817");
    await page.getByText("1 of 1 online").waitFor();
    await page.context().close();
  });

  it("is walked with the keyboard: filter, down, Enter opens, table again, Delete asks", async () => {
    const { page } = await openPage(built.browser, built.url, fakeDoor());
    await page.getByText("of 14 online").first().waitFor();
    await page.keyboard.press("/");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByRole("tab", { name: "Shelf 2, slot 2" }).waitFor();
    await page.keyboard.press("Control+1");
    await page.locator('.devices [role=row][data-index="4"]').focus();
    await page.keyboard.press("Delete");
    await page.getByText("This cannot be undone.").waitFor();
    await page.keyboard.press("Escape");
    await page.getByText("This cannot be undone.").waitFor({ state: "detached" });
    await page.context().close();
  });

  it("shows a device's change as its event comes", async () => {
    const door = fakeDoor();
    const { page, emit } = await openPage(built.browser, built.url, door);
    await page.getByText("12 of 14 online").waitFor();
    const [device] = door.devices;
    await emit("device", { endpoint: device?.endpoint, device: { ...device, online: false, alias: "Roof" } });
    await page.getByText("11 of 14 online").waitFor();
    await page.getByText("Roof", { exact: true }).waitFor();
    await page.context().close();
  });
});

describe("the desk", () => {
  it("previews with one press, keeps with two, and restores its tabs", async () => {
    const door = fakeDoor();
    const { page, kept } = await openPage(built.browser, built.url, door);
    await page.locator('[role=row][data-index="0"]').dblclick();
    const tabs = page.locator(".dv-tab");
    await expect.poll(() => tabs.count()).toBe(1);
    await page.locator('.list [role=row][data-index="1"]').click();
    await page.locator('.list [role=row][data-index="3"]').click();
    await expect.poll(() => tabs.count()).toBe(2);
    expect(await page.locator(".dv-tab .preview").count()).toBe(1);
    await kept(`device:${door.devices[3]?.endpoint}`);
    await page.reload();
    await expect.poll(() => tabs.count()).toBe(2);
    await page.context().close();
  });
});

describe("an import", () => {
  it("lists problems by file and line", async () => {
    const { page } = await openPage(built.browser, built.url, fakeDoor({ devices: 0 }));
    const chooser = page.waitForEvent("filechooser");
    await page.getByRole("button", { name: "Choose files…" }).click();
    await (await chooser).setFiles({ name: "valve.xml", mimeType: "text/xml", buffer: Buffer.from("<LWM2M/>") });
    await page.getByText("valve.xml:41").waitFor();
    await page.getByText("Meridian Valve").waitFor();
    await page.context().close();
  });
});

describe("the settings", () => {
  it("say what was saved, and put a refusal under its own field with the value in force", async () => {
    const door = fakeDoor();
    const taken = door.answer;
    const { page } = await openPage(built.browser, built.url, door);
    await page.getByText("of 14 online").first().waitFor();
    await page.keyboard.press("Control+4");
    const theme = page.getByRole("region", { name: "Theme" });
    await theme.getByRole("combobox").selectOption("light");
    await theme.getByText("Saved").waitFor();
    door.answer = (name, request) =>
      name === "settings_put" ? { status: 409, body: { code: "storage", message: "The disk is full.", details: null } } : taken(name, request);
    await theme.getByRole("combobox").selectOption("system");
    await theme.getByRole("alert").getByText("The disk is full.").waitFor();
    expect(await theme.getByRole("combobox").inputValue()).toBe("light");
    // Two changes at once, both refused, leave what was in force before the first.
    await theme.getByRole("combobox").evaluate((box: HTMLSelectElement) => {
      for (const choice of ["dark", "system"]) {
        box.value = choice;
        box.dispatchEvent(new Event("change", { bubbles: true }));
      }
    });
    await expect.poll(() => theme.getByRole("combobox").inputValue()).toBe("light");
    await page.getByLabel("Days").fill("7");
    await page.keyboard.press("Tab");
    await page.getByRole("region", { name: "History" }).getByText("The disk is full.").waitFor();
    expect(await theme.getByRole("alert").count()).toBe(0);
    await page.context().close();
  });
});

describe("who was turned away", () => {
  it("is counted at the area of security and in the status bar, and explained from its problem", async () => {
    const { page } = await openPage(built.browser, built.url, fakeDoor());
    await page.getByRole("contentinfo").getByRole("button", { name: /^\d+ pending$/ }).click();
    await page.getByText("What was seen").waitFor();
    await page.getByRole("navigation", { name: "Areas" }).getByRole("button", { name: /^Security, \d+ pending$/ }).waitFor();
    await page.keyboard.press("Control+1");
    await page.getByRole("button", { name: "3 problems" }).click();
    await page.getByRole("row").filter({ hasText: "registration refused" }).getByRole("button", { name: "Explain" }).click();
    // Its own entry, which is not the newest.
    await page.getByRole("region", { name: "What happened" }).getByText("nobody named it here").waitFor();
    await page.context().close();
  });
});
