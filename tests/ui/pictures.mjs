// @ts-check
/**
 * The README's pictures and those by which the window is judged, taken from the real one in both
 * themes and two sizes. What is on them is arranged in `scenes.mjs`.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { call, START_SIMULATED } from "./desk.mjs";
import { benches, PATIENCE_MS } from "./scenes.mjs";
import { dataFolder, needed, Window } from "./webdriver.mjs";

const SIZES = [
  { width: 1280, height: 800 },
  { width: 1600, height: 1000 },
];
const THEMES = ["dark", "light"];
/** A screen has few colours: with as many as a byte names it looks the same at a third of the size. */
const SMALL = ["+dither", "-colors", "256", "-define", "png:compression-level=9"];
const FOLDER = join(needed("WORKBENCH_ROOT"), "ui", "pictures");
/** How long a window may take to show everything in its new colours. */
const SETTLE_MS = 2_500;

mkdirSync(FOLDER, { recursive: true });

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
 * Opens the program anew for each theme and size: what it shows comes back. The theme is set in a
 * window before that, because one that changed its theme takes no further orders from the driver.
 */
async function take(folder, scenes) {
  for (const theme of THEMES) {
    await during(folder, SIZES[0], async (window) => {
      await call(window, "settings_put", { theme });
      await sleep(SETTLE_MS);
    });
    for (const size of SIZES) {
      await during(folder, size, async (window) => {
        for (const { name, ready, arrange } of scenes) {
          await window.find(ready, PATIENCE_MS);
          await arrange?.(window);
          await sleep(SETTLE_MS);
          const file = `${name}-${theme}-${size.width}.png`;
          const area = `${size.width}x${size.height}+0+0`;
          execFileSync("import", ["-window", "root", "-crop", area, "+repage", ...SMALL, `PNG8:${join(FOLDER, file)}`]);
          console.log(file);
        }
      });
    }
  }
}

const wanted = process.argv.slice(2);
for (const { work, scenes } of benches) {
  const chosen = scenes.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
  if (chosen.length === 0) continue;
  const folder = dataFolder();
  try {
    await during(folder, SIZES[1], async (window) => {
      await window.find(START_SIMULATED);
      await work(window);
    });
    await take(folder, chosen);
  } finally {
    folder.remove();
  }
}
