// @ts-check
/**
 * How long the window takes from the start of its process to the first paint and to a page that
 * takes orders, on an empty folder and with ten thousand devices that start again beside it. The
 * driver that reads the page's own marks starts the program, so its part is in the figures.
 */
import { readFileSync } from "node:fs";

import { START_SIMULATED } from "./desk.mjs";
import { dataFolder, Window } from "./webdriver.mjs";

/** Starts of which the median counts. */
const STARTS = 5;
/** Devices of the full folder. */
const MANY = 10_000;
const ALL_ONLINE = `//*[contains(text(), '${MANY.toLocaleString("en")} of ${MANY.toLocaleString("en")} online')]`;
/** Ticks of a second in /proc, on every Linux that we know. */
const TICKS = 100;
/** Where the start of a process stands in its line of /proc, after the name in brackets. */
const STARTED_AT = 19;

/** The civil time at which a process began, in milliseconds; exact to a tick. */
function begun(pid) {
  const uptime = Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]);
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const ticks = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[STARTED_AT]);
  return Date.now() - (uptime - ticks / TICKS) * 1_000;
}

/** One start: milliseconds to the first paint and to the mark that the page sets once it takes orders. */
async function start(folder, ready) {
  const window = await Window.open(folder.path);
  try {
    await window.find(ready, 60_000);
    const marks = await window.run(
      "const named = (name) => performance.getEntriesByName(name)[0]?.startTime;" +
        "return { origin: performance.timeOrigin, paint: named('first-contentful-paint'), interactive: named('interactive') }",
    );
    const since = marks.origin - begun(window.pid());
    return { paint: since + marks.paint, interactive: since + marks.interactive };
  } finally {
    await window.close();
  }
}

function median(figures) {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)];
}

async function measure(what, folder, ready) {
  const starts = [];
  for (let i = 0; i < STARTS; i += 1) starts.push(await start(folder, ready));
  const line = (name, goal, pick) => {
    const figures = starts.map(pick);
    const range = `${Math.min(...figures).toFixed(0)} to ${Math.max(...figures).toFixed(0)}`;
    console.log(`| ${name}, ${what} | ${median(figures).toFixed(0)} ms | ${goal} | median of ${STARTS} starts (${range}), driven, software rendering |`);
  };
  line("window: first paint", "≤ 1,000 ms", ({ paint }) => paint);
  line("window: interactive", "≤ 1,500 ms", ({ interactive }) => interactive);
}

const folder = dataFolder();
try {
  await measure("empty", folder, START_SIMULATED);
  const window = await Window.open(folder.path);
  await window.find(START_SIMULATED);
  await window.run(
    "window.__TAURI_INTERNALS__.invoke('rpc', { name: 'simulator_start', body: arguments[0] }); return true",
    { count: MANY, kind: "plain", prefix: "meter" },
  );
  await window.find(ALL_ONLINE, 120_000);
  await window.close();
  await measure("10,000 devices start again", folder, "[role=row][data-index]");
} finally {
  folder.remove();
}
