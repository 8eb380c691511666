/**
 * Every screen of the built page in a browser: no error, nothing that the
 * content security policy forbids, nothing that axe calls serious, in both
 * themes.
 */
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";

import { builtPage, openPage, violations } from "./browser";
import { fakeDoor } from "./fake-door";

const built = builtPage();

/** How to come to each screen, and words that stand there. */
const screens: Record<string, { devices: number; go: (page: Page) => Promise<unknown>; words: string }> = {
  start: { devices: 0, go: async () => {}, words: "No device has registered yet" },
  devices: { devices: 14, go: async () => {}, words: "12 of 14 online" },
  desk: {
    devices: 14,
    go: (page) => page.locator('[role=row][data-index="0"]').dblclick(),
    words: "Nothing is selected.",
  },
  operations: { devices: 14, go: (page) => page.keyboard.press("Control+j"), words: "retransmission 2 of 4" },
  problems: {
    devices: 14,
    go: (page) => page.getByRole("button", { name: "3 problems" }).click(),
    words: "malformed message",
  },
  models: { devices: 14, go: (page) => page.keyboard.press("Control+3"), words: "Sensor Value" },
  settings: { devices: 14, go: (page) => page.keyboard.press("Control+4"), words: "Interfaces and ports" },
  palette: { devices: 14, go: (page) => page.keyboard.press("Control+k"), words: "Import object definitions…" },
  keys: { devices: 14, go: (page) => page.keyboard.press("?"), words: "In a device's tree" },
  simulate: {
    devices: 14,
    go: (page) => page.getByRole("button", { name: "Add simulated devices" }).click(),
    words: "How many",
  },
};

describe.each(["dark", "light"] as const)("in the %s theme", (theme) => {
  it.each(Object.entries(screens))("the screen %s is in order", async (_, { devices, go, words }) => {
    const door = fakeDoor({ devices, theme });
    const { page, complaints } = await openPage(built.browser, built.url, door, { dark: theme === "dark" });
    await page.getByText(devices === 0 ? "Import definitions" : "online").first().waitFor();
    await go(page);
    await page.getByText(words).first().waitFor();
    expect(await violations(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
