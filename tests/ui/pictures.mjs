// @ts-check
/**
 * The README's pictures, taken from the real window in both themes and two sizes: the
 * start screen, the device list with ten thousand simulated devices, a device at work.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { cell, choose, openNode, press, row, START_SIMULATED, startSimulated, value } from "./desk.mjs";
import { dataFolder, Keys, needed, Window } from "./webdriver.mjs";

const SIZES = [
  { width: 1280, height: 800 },
  { width: 1600, height: 1000 },
];
const THEMES = ["dark", "light"];
const FOLDER = join(needed("WORKBENCH_ROOT"), "ui", "pictures");
/** Devices in the list. */
const MANY = Number(process.env.WORKBENCH_PICTURE_DEVICES ?? 10_000);
/** How long a device may take to register, in milliseconds. */
const MS_PER_DEVICE = 5;
/** What the list says once all of them have. */
const ALL_ONLINE = `//*[contains(text(), '${MANY.toLocaleString("en")} of ${MANY.toLocaleString("en")} online')]`;
/** How long a scene may take to be there. */
const PATIENCE_MS = 30_000 + MANY * MS_PER_DEVICE;
/** How long a window may take to show everything in its new colours. */
const SETTLE_MS = 2_500;
/** Rows of objects that stand above the one with the temperatures, and how high a row is. */
const ABOVE = 9;
const ROW = 28;
/** How long the chart gathers points. */
const GATHER_MS = 45_000;

mkdirSync(FOLDER, { recursive: true });

/** A call as the page makes it, for what no click can set up quickly. Its answer is not waited for. */
const call = (window, name, body) =>
  window.run(
    "window.__TAURI_INTERNALS__.invoke('rpc', { name: arguments[0], body: arguments[1] }); return true",
    name,
    body,
  );

/** Runs `work` in a window of its own on a folder. */
async function during(folder, size, work) {
  const window = await Window.open(folder.path, { size });
  try {
    await window.find("main");
    await work(window);
  } finally {
    await window.close();
  }
}

/**
 * Opens the program once for each picture: what it shows comes back. The theme is set in a window
 * before that, because one that changed its theme takes no further orders from the driver.
 */
async function take(folder, { name, ready, arrange }) {
  for (const theme of THEMES) {
    await during(folder, SIZES[0], async (window) => {
      await call(window, "settings_put", { theme });
      await sleep(SETTLE_MS);
    });
    for (const size of SIZES) {
      await during(folder, size, async (window) => {
        await window.find(ready, PATIENCE_MS);
        await arrange?.(window);
        await sleep(SETTLE_MS);
        const file = `${name}-${theme}-${size.width}.png`;
        const area = `${size.width}x${size.height}+0+0`;
        execFileSync("import", ["-window", "root", "-crop", area, "+repage", join(FOLDER, file)]);
        console.log(file);
      });
    }
  }
}

const [INLET, OUTLET] = ["/3303/0/5700", "/3303/1/5700"];

async function workAtADevice(window) {
  await startSimulated(window);
  await call(window, "simulator_start", { count: 3, kind: "meter", prefix: "urn:dev:lab" });
  await call(window, "simulator_start", { count: 3, kind: "tracker", prefix: "van" });
  await openNode(window, "/3303", "/3303/0");
  await openNode(window, "/3303/1", OUTLET);
  await openNode(window, "/3303/0", INLET);
  for (const path of [INLET, OUTLET]) {
    await value(window, path);
    await press(window, path, "button[aria-pressed]");
    await window.click(row(path));
    if (path === INLET) await window.type("c");
    else await choose(window, path, "Add to chart");
  }
  await call(window, "device_note", { endpoint: "sim-0001", alias: "Climate, room 2", note: "site Lab A, shelf 3", tags: ["lab"] });
  await call(window, "device_note", { endpoint: "urn:dev:lab-0002", alias: "Heat meter, cellar", note: "", tags: ["lab"] });
  await window.click(row(INLET));
  await sleep(GATHER_MS);
}

/** Somebody in the middle of something: a value selected, another typed and not sent yet. */
async function arrange(window) {
  await value(window, INLET);
  await window.run("document.querySelector('[role=treegrid]').scrollTop = arguments[0]; return true", ABOVE * ROW);
  await window.doubleClick(cell("/3303/0/5750", "value"));
  await window.find(`${row("/3303/0/5750")} input`);
  await window.chord(Keys.CONTROL, "a");
  await window.type("Supply air");
  await window.type(Keys.TAB);
  await window.click(row(INLET));
}

async function registerMany(window) {
  await call(window, "simulator_start", { count: MANY, kind: "plain", prefix: "meter" });
  await window.find(ALL_ONLINE, PATIENCE_MS);
}

const scenes = [
  { name: "start", work: async () => {}, ready: START_SIMULATED },
  { name: "workspace", work: workAtADevice, ready: "section.chart canvas", arrange },
  { name: "devices", work: registerMany, ready: ALL_ONLINE },
];
const wanted = process.argv.slice(2);
for (const scene of scenes.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  const folder = dataFolder();
  try {
    await during(folder, SIZES[1], async (window) => {
      await window.find(START_SIMULATED);
      await scene.work(window);
    });
    await take(folder, scene);
  } finally {
    folder.remove();
  }
}
