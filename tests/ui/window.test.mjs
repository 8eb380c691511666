// @ts-check
/** The main job in the real window: a device by one click, read, written, observed, charted, and a crash. */
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { cell, closeNode, openNode, press, row, startSimulated, value } from "./desk.mjs";
import { dataFolder, Keys, Window } from "./webdriver.mjs";

const folder = dataFolder();
/** @type {Window | undefined} */
let window;

after(async () => {
  await window?.close();
  folder.remove();
});

const CHART = "section.chart";
const points = () => window?.run("return document.querySelectorAll('.points [role=row][data-index]').length");

async function showAsTable() {
  await window?.click(`${CHART} button[aria-label=More]`);
  await window?.click("//*[@role='menuitemcheckbox' or @role='menuitem'][contains(., 'Show as table')]");
}

test("a simulated device is online and open within ten seconds of one click", async () => {
  window = await Window.open(folder.path);
  await startSimulated(window, 10_000);
});

test("an object is read when its node opens", async () => {
  assert(window);
  await openNode(window, "/3303", "/3303/0");
  await openNode(window, "/3303/0", "/3303/0/5700");
  assert.match(await value(window, "/3303/0/5700"), /^-?\d+(\.\d+)?$/);
});

test("a value is edited in place and confirmed by the device", async () => {
  assert(window);
  await openNode(window, "/3", "/3/0/15");
  await value(window, "/3/0/15");
  await window.doubleClick(cell("/3/0/15", "value"));
  await window.find(`${row("/3/0/15")} input`);
  await window.chord(Keys.CONTROL, "a");
  await window.type("Europe/Oslo");
  await window.type(Keys.ENTER);
  const shown = window;
  await window.until(async () => (await shown.text(cell("/3/0/15", "value"))).includes("Europe/Oslo"), "the new value");
});

test("a resource is observed by one click and charted by one key", async () => {
  assert(window);
  // Rows out of sight are not in the page: close what pushes them there.
  await closeNode(window, "/3", "/3/0/15");
  const observe = `${row("/3303/0/5700")} button[aria-pressed]`;
  await press(window, "/3303/0/5700", "button[aria-pressed]");
  const shown = window;
  await window.until(async () => (await shown.attribute(observe, "aria-pressed")) === "true", "the observation");
  await window.click(row("/3303/0/5700"));
  await window.type("c");
  await window.find(`${CHART} canvas`);
  await showAsTable();
  await window.until(async () => ((await points()) ?? 0) >= 3, "three points on the chart", 40_000);
});

test("after kill -9 the chart is there again with its history", async () => {
  assert(window);
  const before = /** @type {number} */ (await points());
  await window.kill();
  window = await Window.open(folder.path);
  await window.find(CHART, 30_000);
  const shown = window;
  await window.until(async () => {
    const now = (await points()) ?? 0;
    if (now === 0 && !(await shown.has(".points"))) await showAsTable();
    return now >= before;
  }, `the ${before} points from before the crash`);
});
