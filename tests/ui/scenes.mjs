// @ts-check
/**
 * What the pictures show: for each bench what is set up once in an empty folder, and then, in each
 * window on that folder, scene after scene as somebody at work would have it before them.
 */
import { setTimeout as sleep } from "node:timers/promises";

import { call, cell, choose, device, openNode, press, row, START_SIMULATED, startSimulated, tab, typeInto, value } from "./desk.mjs";
import { security } from "./security-scenes.mjs";
import { Keys } from "./webdriver.mjs";

/** Devices in the list. */
const MANY = Number(process.env.WORKBENCH_PICTURE_DEVICES ?? 10_000);
/** How long a device may take to register, in milliseconds. */
const MS_PER_DEVICE = 5;
/** What the list says once all of them have. */
const ALL_ONLINE = `//*[contains(text(), '${MANY.toLocaleString("en")} of ${MANY.toLocaleString("en")} online')]`;
/** How long a scene may take to be there. */
export const PATIENCE_MS = 30_000 + MANY * MS_PER_DEVICE;
/** Rows of objects that stand above the one with the temperatures, and how high a row is. */
const ABOVE = 9;
const ROW = 28;
/** How long the chart gathers points. */
const GATHER_MS = 45_000;

/** A room that answers at once, and a probe on a battery. */
const [ROOM, PROBE] = ["sim-0001", "probe-0001"];
const [INLET, OUTLET] = ["/3303/0/5700", "/3303/1/5700"];

/** A handful of devices of several kinds, one of them open. */
async function startFew(window) {
  await startSimulated(window);
  await call(window, "simulator_start", { count: 3, kind: "meter", prefix: "urn:dev:lab" });
  await call(window, "simulator_start", { count: 3, kind: "tracker", prefix: "van" });
  await window.find(device("van-0003"));
  await call(window, "device_note", { endpoint: ROOM, alias: "Climate, room 2", note: "site Lab A, shelf 3", tags: ["lab"] });
  await call(window, "device_note", { endpoint: "urn:dev:lab-0002", alias: "Heat meter, cellar", note: "", tags: ["lab"] });
}

async function workAtADevice(window) {
  await startFew(window);
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

/** The same devices and one that sleeps, with reports arranged and access rules read. */
async function setUpInstruments(window) {
  await startFew(window);
  await call(window, "simulator_start", { count: 1, kind: "sleeper", prefix: "probe" });
  await window.find(device(PROBE));
  await call(window, "device_note", { endpoint: PROBE, alias: "Soil probe, field 4", note: "", tags: ["field"] });
  await call(window, "profile_put", { endpoint: PROBE, profile: { awake_window_s: 2, wake_on: "update" } });
  await openNode(window, "/3303", "/3303/0");
  await openNode(window, "/3303/0", INLET);
  await value(window, INLET);
  await call(window, "attributes_write", { endpoint: ROOM, path: INLET, attributes: { pmin: 5, pmax: 60, st: 0.5, gt: 26 } });
  await press(window, INLET, "button[aria-pressed]");
  await call(window, "resource_read", { endpoint: ROOM, path: "/2" });
  await window.doubleClick(device(PROBE));
  await window.find(tab("operations"));
  await sleep(SLEEP_MS);
}

/** How long a device takes that comes back with the window to be asleep again. */
const SLEEP_MS = 5_000;

/** Brings a device to the front, with one of its tabs. */
async function show(window, endpoint, view) {
  await window.click("nav button[aria-label=Devices]");
  await window.doubleClick(device(endpoint));
  await window.find(`//header//*[contains(., '${endpoint}')]`);
  await window.click(tab(view));
}

async function arrangeComposite(window) {
  await show(window, ROOM, "composite");
  await typeInto(window, "input[placeholder^='/3/0/9']", "/3/0/9 /3303 /3304/0/5700 /3315/0 /6/0/7");
  await window.type(Keys.ENTER);
  await window.click("//button[contains(., 'Read together')]");
  await window.find("//*[contains(., 'nothing came')]");
}

async function arrangeAttributes(window) {
  await show(window, ROOM, "objects");
  await window.run("document.querySelector('[role=treegrid]').scrollTop = arguments[0]; return true", ABOVE * ROW);
  await window.click(cell(INLET, "name"));
  await typeInto(window, "input[aria-label^='pmax:']", "120");
}

const LINE = "input[aria-label^='Command for']";

/** Runs a line of the console once its completion has come and gone. */
async function run(window, line) {
  await typeInto(window, LINE, line);
  await sleep(COMPLETE_MS);
  await window.type(Keys.ESCAPE);
  await window.type(Keys.ENTER);
  await sleep(COMPLETE_MS);
}

/** How long a completion or the end of a line may take. */
const COMPLETE_MS = 800;

/** A console without the lines of the windows before. */
async function openConsole(window) {
  await show(window, ROOM, "console");
  await window.click(LINE);
  await window.chord(Keys.CONTROL, "l");
}

async function arrangeVersion(window) {
  await openConsole(window);
  await run(window, "read /3/0/9");
  await run(window, "read /3303_1.0/0/5700");
}

async function arrangeConsole(window) {
  await openConsole(window);
  await run(window, "observe /3303/0/5700 pmin=5 st=0.5");
  await run(window, "read /3304");
  await run(window, "write /3/0/15 Europe/Oslo");
  await typeInto(window, LINE, "read temp");
  await window.find("[role=option]");
}

async function arrangeAccess(window) {
  await show(window, ROOM, "access");
  await window.click("//button[contains(., 'Read the rules')]");
  await window.find("table input[type=checkbox]");
}

async function arrangePalette(window) {
  await show(window, ROOM, "objects");
  await window.chord(Keys.CONTROL, "k");
  await window.find("dialog input");
  await window.type("3303/0/57");
  await window.find("//*[@role='option'][contains(., '5700')]");
}

/** What waits for the probe: what it was asked for while it slept. */
async function arrangeQueue(window) {
  await window.type(Keys.ESCAPE);
  await show(window, PROBE, "operations");
  await window.find("//*[@aria-label='Queue of probe-0001']//*[contains(., 'asleep')]", PATIENCE_MS);
  const endpoint = PROBE;
  const lifetime = [{ path: "/1/0/1", kind: "integer", value: "600" }];
  await call(window, "resource_write", { endpoint, path: "/1/0/1", mode: "update", values: lifetime, priority: "high", ttl_ms: 3_600_000 });
  await call(window, "resource_read", { endpoint, path: "/3/0/9", priority: "high" });
  await call(window, "attributes_write", { endpoint, path: "/3303/0/5700", attributes: { pmin: 30, pmax: 900 } });
  await call(window, "resource_discover", { endpoint, path: "/3303" });
  await call(window, "composite_read", { endpoint, paths: ["/3/0/9", "/4/0/2"], priority: "low", ttl_ms: 86_400_000 });
  await call(window, "resource_execute", { endpoint, path: "/3/0/4", priority: "low", ttl_ms: 86_400_000 });
  await window.find("//*[@role='row'][contains(., 'low')]");
}

/** @type {{ work: (window: any) => Promise<unknown>, scenes: { name: string, ready: string, arrange?: (window: any) => Promise<unknown> }[] }[]} */
export const benches = [
  { work: async () => {}, scenes: [{ name: "start", ready: START_SIMULATED }] },
  { work: workAtADevice, scenes: [{ name: "workspace", ready: "section.chart canvas", arrange }] },
  { work: registerMany, scenes: [{ name: "devices", ready: ALL_ONLINE }] },
  {
    work: setUpInstruments,
    scenes: [
      { name: "composite", ready: "main", arrange: arrangeComposite },
      { name: "attributes", ready: "main", arrange: arrangeAttributes },
      { name: "version", ready: "main", arrange: arrangeVersion },
      { name: "console", ready: "main", arrange: arrangeConsole },
      { name: "access", ready: "main", arrange: arrangeAccess },
      { name: "palette", ready: "main", arrange: arrangePalette },
      { name: "queue", ready: "main", arrange: arrangeQueue },
    ],
  },
  security,
];
