// @ts-check
/**
 * The README's pictures, taken from the real window in both themes and two sizes: the
 * start screen, the device list with ten thousand simulated devices, a device at work.
 */
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
/** How long the chart gathers points. */
const GATHER_MS = 90_000;

mkdirSync(FOLDER, { recursive: true });

/** A call as the page makes it, for what no click can set up quickly. */
const call = (window, name, body) =>
  window.run(
    "return window.__TAURI_INTERNALS__.invoke('rpc', { name: arguments[0], body: arguments[1] }).then(() => true)",
    name,
    body,
  );

async function take(window, name) {
  for (const theme of THEMES) {
    await call(window, "settings_put", { theme });
    await window.run("document.documentElement.dataset.theme = arguments[0]", theme);
    for (const size of SIZES) {
      await window.resize(size);
      await sleep(1_200);
      await window.picture(join(FOLDER, `${name}-${theme}-${size.width}.png`));
    }
  }
}

async function workspace() {
  const folder = dataFolder();
  const window = await Window.open(folder.path, { size: SIZES[1] });
  try {
    await window.find(START_SIMULATED);
    await take(window, "start");
    await startSimulated(window);
    await call(window, "simulator_start", { count: 6, prefix: "urn:dev:lab" });
    await openNode(window, "/3303", "/3303/0");
    await openNode(window, "/3303/0", "/3303/0/5700");
    await openNode(window, "/3303/1", "/3303/1/5700");
    for (const path of ["/3303/0/5700", "/3303/1/5700"]) {
      await value(window, path);
      await press(window, path, "button[aria-pressed]");
      await press(window, path, "button.chart");
    }
    await window.click(row("/3303/0/5700"));
    await sleep(GATHER_MS);
    await take(window, "workspace");
  } finally {
    await window.close();
    folder.remove();
  }
}

async function devices() {
  const folder = dataFolder();
  const window = await Window.open(folder.path, { size: SIZES[1] });
  try {
    await window.find(START_SIMULATED);
    await call(window, "simulator_start", { count: MANY, kind: "plain", prefix: "meter" });
    const registered = "document.body.innerText.includes('of ' + (arguments[0]).toLocaleString('en') + ' online')";
    await window.until(() => window.run(`return ${registered}`, MANY), "all devices are online", 180_000);
    await take(window, "devices");
  } finally {
    await window.close();
    folder.remove();
  }
}

await workspace();
await devices();
