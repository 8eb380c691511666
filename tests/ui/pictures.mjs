// @ts-check
/**
 * The README's pictures, taken from the real window in both themes and two sizes: the
 * start screen, the device list with ten thousand simulated devices, a device at work.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { openNode, press, row, START_SIMULATED, startSimulated, value } from "./desk.mjs";
import { dataFolder, needed, Window } from "./webdriver.mjs";

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

/** Opens the program once for each picture: what it shows comes back, and a window that changed its theme takes no orders from the driver. */
async function take(folder, name, ready) {
  for (const theme of THEMES) {
    for (const size of SIZES) {
      const window = await Window.open(folder.path, { size });
      try {
        await window.find(ready, PATIENCE_MS);
        await call(window, "settings_put", { theme });
        await sleep(SETTLE_MS);
        const file = `${name}-${theme}-${size.width}.png`;
        const area = `${size.width}x${size.height}+0+0`;
        execFileSync("import", ["-window", "root", "-crop", area, "+repage", join(FOLDER, file)]);
        console.log(file);
      } finally {
        await window.close();
      }
    }
  }
}

/** Runs `work` in a window of its own on a folder. */
async function prepare(folder, work) {
  const window = await Window.open(folder.path, { size: SIZES[1] });
  try {
    await window.find(START_SIMULATED);
    await work(window);
  } finally {
    await window.close();
  }
}

async function workAtADevice(window) {
  await startSimulated(window);
  await call(window, "simulator_start", { count: 6, prefix: "urn:dev:lab" });
  await openNode(window, "/3303", "/3303/0");
  await openNode(window, "/3303/1", "/3303/1/5700");
  await openNode(window, "/3303/0", "/3303/0/5700");
  for (const path of ["/3303/0/5700", "/3303/1/5700"]) {
    await value(window, path);
    await press(window, path, "button[aria-pressed]");
    // The key that charts the row, since the button gives way to the trend in a wide window.
    await window.click(row(path));
    await window.type("c");
  }
  await window.click(row("/3303/0/5700"));
  await sleep(GATHER_MS);
}

async function registerMany(window) {
  await call(window, "simulator_start", { count: MANY, kind: "plain", prefix: "meter" });
  await window.find(ALL_ONLINE, PATIENCE_MS);
}

const scenes = [
  { name: "start", work: async () => {}, ready: START_SIMULATED },
  { name: "workspace", work: workAtADevice, ready: "section.chart canvas" },
  { name: "devices", work: registerMany, ready: ALL_ONLINE },
];
const wanted = process.argv.slice(2);
for (const { name, work, ready } of scenes.filter((scene) => wanted.length === 0 || wanted.includes(scene.name))) {
  const folder = dataFolder();
  try {
    await prepare(folder, work);
    await take(folder, name, ready);
  } finally {
    folder.remove();
  }
}
