// @ts-check
/** The places of the page that the tests and the pictures go to, by what a person sees. */

import { setTimeout as sleep } from "node:timers/promises";

import { Keys, MENU_PRESS } from "./webdriver.mjs";

/** The button of the first card on the start screen. */
export const START_SIMULATED = "//section[h2[contains(., 'simulated device')]]//button";

/** A row of the object tree. */
export const row = (path) => `[role=treegrid] [data-key="${path}"]`;

/** A cell of that row. */
export const cell = (path, column) => `${row(path)} [data-column=${column}]`;

/** A tab of the device in front. */
export const tab = (id) => `[role=tab][data-tab=${id}]`;

/** A row of a device list. */
export const device = (endpoint) => `[data-key="${endpoint}"]`;

/** From the start screen to a device's tree, by one click. */
export async function startSimulated(window, patience = 10_000) {
  await window.click(START_SIMULATED);
  await window.find(row("/3303"), patience);
}

/** Presses go astray while a list is being laid out; two of them must not count as a double click. */
const BETWEEN_PRESSES_MS = 700;

/** Opens a node of the tree unless it is open, and waits for what lies below. */
export const openNode = (window, path, below) => toggle(window, path, () => window.has(row(below)), "open");

/** Closes a node of the tree, and waits until what lies below is gone. */
export const closeNode = (window, path, below) => toggle(window, path, async () => !(await window.has(row(below))), "close");

async function toggle(window, path, done, verb) {
  await window.until(async () => {
    if (await done()) return true;
    await window.click(row(path));
    await sleep(BETWEEN_PRESSES_MS);
    return done();
  }, `${path} does not ${verb}`);
}

/** Presses a button of a row; the buttons show while the pointer is on the row. */
export async function press(window, path, button) {
  await window.until(async () => {
    await window.hover(row(path));
    await window.click(`${row(path)} ${button}`, 500);
    return true;
  }, `the button ${button} of ${path} cannot be pressed`);
}

/** Takes an item of a row's menu. */
export async function choose(window, path, label) {
  await window.point(row(path), MENU_PRESS);
  await window.click(`//*[starts-with(@role, 'menuitem')][contains(., '${label}')]`);
}

/** The text of a value, once there is one. */
export async function value(window, path) {
  return window.until(async () => (await window.text(cell(path, "value"))).trim(), `${path} has no value`);
}

/** A call as the page makes it, for what no click can set up quickly. Its answer is not waited for, and what it refuses is missed by whoever looks for it. */
export const call = (window, name, body) =>
  window.run(
    "window.__TAURI_INTERNALS__.invoke('rpc', { name: arguments[0], body: arguments[1] }).catch(() => {}); return true",
    name,
    body,
  );

/** Types into a field, in place of what is there. */
export async function typeInto(window, field, text) {
  await window.click(field);
  await window.chord(Keys.CONTROL, "a");
  await window.type(text);
}
