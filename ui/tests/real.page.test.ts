/**
 * The way of a first day through the built page with the real program behind it: one
 * click to a simulated device, its tree, a read, a write, an observation, a chart, a
 * reload that loses nothing, and a malformed datagram among the problems.
 */
import { createSocket } from "node:dgram";

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { launch, violations } from "./browser";
import { startDaemon, type Daemon } from "./daemon";

/** A datagram of CoAP version 1 whose token is said to be longer than any may be (RFC 7252, section 3). */
const MALFORMED = Buffer.from("4f010001ff", "hex");

const TEMPERATURE = "/3303/0/5700";

let browser: Browser;
let daemon: Daemon;

beforeAll(async () => {
  daemon = await startDaemon();
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  await daemon?.stop();
});

/** The page in a theme; `complaints` are errors and what the content security policy forbade. */
async function open(dark: boolean): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 1500 }, colorScheme: dark ? "dark" : "light" });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    // The browser notes each refused call: a device may be opened before it has registered.
    const early = /404/.test(message.text()) && /\/rpc\/(device|tree)_get$/.test(message.location().url);
    if (message.type() === "error" && !early) complaints.push(`${message.text()} ${message.location().url}`);
  });
  await page.goto(daemon.page);
  return { page, complaints };
}

const row = (page: Page, path: string) => page.locator(`[role=treegrid] [data-key="${path}"]`);
const cell = (page: Page, path: string, column: string) => row(page, path).locator(`[data-column=${column}]`);

/** The screen in both themes. */
async function inOrder(page: Page): Promise<void> {
  for (const theme of ["dark", "light"]) {
    await page.evaluate((theme) => (document.documentElement.dataset.theme = theme), theme);
    expect(await violations(page), `the ${theme} theme`).toEqual([]);
  }
}

/** What scrolls sideways in the smallest window that is promised. */
async function sideways(page: Page): Promise<(string | null)[]> {
  const before = page.viewportSize();
  await page.setViewportSize({ width: 1280, height: 800 });
  const found = await page.locator("[role=grid], [role=treegrid]").evaluateAll((tables) =>
    tables.filter((table) => table.scrollWidth > table.clientWidth).map((table) => table.getAttribute("aria-label")),
  );
  if (before) await page.setViewportSize(before);
  return found;
}

async function openNode(page: Page, path: string, below: string): Promise<void> {
  await row(page, path).waitFor();
  if ((await row(page, path).getAttribute("aria-expanded")) === "false") await row(page, path).click();
  await row(page, below).waitFor();
}

async function chartedPoints(page: Page): Promise<number> {
  return page.getByRole("grid", { name: /points/i }).locator("[role=row][data-index]").count();
}

describe("the first day", () => {
  it("goes from the start screen to a chart, and a reload loses nothing", async () => {
    const { page, complaints } = await open(true);
    await page.getByText("No device has registered yet").waitFor();
    await inOrder(page);

    await page.getByRole("button", { name: "Start a simulated device" }).click();
    await openNode(page, "/3", "/3/0/14");
    await openNode(page, "/3303", "/3303/0");
    await openNode(page, "/3303/0", TEMPERATURE);

    await row(page, TEMPERATURE).click();
    await page.keyboard.press("r");
    await expect.poll(() => cell(page, TEMPERATURE, "value").textContent()).toMatch(/\d+\.\d/);

    await row(page, "/3/0/14").dblclick();
    await page.getByRole("textbox", { name: "UTC Offset" }).fill("+05:30");
    await page.keyboard.press("Enter");
    await expect.poll(() => cell(page, "/3/0/14", "value").textContent()).toContain("+05:30");
    await cell(page, "/3/0/14", "value").locator(".unconfirmed").waitFor({ state: "detached" });

    await row(page, TEMPERATURE).click();
    await page.keyboard.press("o");
    await row(page, TEMPERATURE).locator("[aria-pressed=true]").waitFor();
    await page.keyboard.press("c");
    const chart = page.getByRole("region", { name: /^Chart of/ });
    await chart.getByRole("listitem").getByText("°C").waitFor();
    await inOrder(page);
    expect(await sideways(page)).toEqual([]);
    await chart.getByRole("button", { name: "More" }).click();
    await page.getByRole("menuitemcheckbox", { name: "Show as table" }).click();
    await expect.poll(() => chartedPoints(page)).toBeGreaterThanOrEqual(2);

    const kept = page.waitForResponse((answer) => answer.url().endsWith("/rpc/view_put"));
    await row(page, TEMPERATURE).click();
    await kept;
    await page.reload();
    await row(page, TEMPERATURE).locator("[aria-pressed=true]").waitFor();
    await expect.poll(() => cell(page, "/3/0/14", "value").textContent()).toContain("+05:30");
    await chart.getByRole("listitem").getByText("°C").waitFor();
    expect(await row(page, TEMPERATURE).getAttribute("aria-selected")).toBe("true");

    for (const [tab, there] of [
      ["Charts", ".u-over"],
      ["Operations", "[role=row][data-index]"],
      ["Messages", "[role=row][data-index]"],
      ["Notes", "textarea"],
    ] as const) {
      await page.getByRole("tab", { name: tab }).click();
      await page.getByRole("tabpanel", { name: tab }).locator(there).first().waitFor();
      await inOrder(page);
    }
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it("shows a malformed datagram with its reason, and every area in order", async () => {
    const { page, complaints } = await open(false);
    const status = page.getByRole("contentinfo");
    await status.waitFor();
    const socket = createSocket("udp4");
    await new Promise((resolve) => socket.send(MALFORMED, daemon.coap.port, daemon.coap.host, resolve));
    await status.getByRole("button", { name: /problem/ }).click();
    const peer = `127.0.0.1:${socket.address().port}`;
    await page.getByRole("grid", { name: "Problems" }).getByText(peer).waitFor();
    socket.close();
    await inOrder(page);
    for (const [keys, words] of [
      ["Control+2", "No device has credentials yet."],
      ["Control+3", "LwM2M Access Control"],
      ["Control+4", "Interfaces and ports"],
      ["Control+1", "of 1 online"],
    ] as const) {
      await page.keyboard.press(keys);
      await page.getByText(words).first().waitFor();
      await inOrder(page);
    }
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
