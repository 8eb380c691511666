/**
 * One device behind the fake door that answers: a tree with values that move, reads,
 * writes, observations and a history. Events are collected and handed to the page by
 * `pump`. Never part of the product.
 */
import type {
  Calls,
  Device,
  DeviceAction,
  JsonValue,
  Kind,
  Operation,
  Reading,
  ReadingsEvent,
  TrafficMessage,
  TreeRow,
} from "../src/host/generated";
import { Refusal, type FakeDoor } from "./fake-door";
import { instruments, type Ended } from "./instruments-fake";

type Name = keyof Calls;
type Answers = { [N in Name]?: (request: Calls[N]["request"]) => Calls[N]["response"] };
type Emit = (event: string, data: unknown) => Promise<void>;

export interface FakeWorkspace extends FakeDoor {
  endpoint: string;
  /** Lets `ms` pass for the device, and hands its events to the page. */
  pump(emit: Emit, ms?: number): Promise<void>;
}

/** Resource, name, kind, unit, operations, value. */
type Spec = [id: number, name: string, kind: Kind | "", unit: string, operations: string, value?: JsonValue, more?: Partial<TreeRow>];

const HOUR = 3_600_000;

/** Bytes of the value of which rows show only the beginning, and of that beginning. */
export const LARGE_BYTES = 37_200;
const SHOWN_BYTES = 1_024;

const objects: [id: number, name: string, multiple: boolean, instances: number[], resources: Spec[]][] = [
  [1, "LwM2M Server", true, [0], [
    [0, "Short Server ID", "integer", "", "R", "123"],
    [1, "Lifetime", "integer", "s", "RW", "300"],
    [6, "Notification Storing When Disabled or Offline", "boolean", "", "RW", true],
    [7, "Binding", "string", "", "RW", "U"],
    [8, "Registration Update Trigger", "", "", "E"],
  ]],
  [3, "Device", false, [0], [
    [0, "Manufacturer", "string", "", "R", "Meridian"],
    [1, "Model Number", "string", "", "R", "MX-4"],
    [3, "Firmware Version", "string", "", "R", "2.3.1"],
    [4, "Reboot", "", "", "E", undefined, { mandatory: true, description: "Restarts the device. It registers again when it has started." }],
    [6, "Available Power Sources", "integer", "", "R", undefined, { multiple: true }],
    [9, "Battery Level", "integer", "%", "R", "87", { numeric: true, range: "0..100" }],
    [11, "Error Code", "integer", "", "R", undefined, { multiple: true, mandatory: true }],
    [13, "Current Time", "time", "", "RW", String(Math.floor(Date.now() / 1000))],
    [14, "UTC Offset", "string", "", "RW", "+01:00"],
    [15, "Timezone", "string", "", "RW", "Europe/Berlin"],
  ]],
  [4, "Connectivity Monitoring", false, [0], [
    [0, "Network Bearer", "integer", "", "R", "6", { numeric: true, range: "0..50" }],
    [2, "Radio Signal Strength", "integer", "dBm", "R", "-71", { numeric: true }],
    [4, "IP Addresses", "string", "", "R", undefined, { multiple: true }],
    [8, "Cell ID", "integer", "", "R", "262017431"],
  ]],
  [5, "Firmware Update", false, [0], [
    [0, "Package", "opaque", "", "W"],
    [1, "Package URI", "string", "", "RW", ""],
    [2, "Update", "", "", "E"],
    [3, "State", "integer", "", "R", "0", { range: "0..3" }],
    [5, "Update Result", "integer", "", "R", "0", { range: "0..11" }],
  ]],
  [6, "Location", false, [0], [
    [0, "Latitude", "float", "lat", "R", 52.3702, { numeric: true }],
    [1, "Longitude", "float", "lon", "R", 4.8952, { numeric: true }],
    [5, "Timestamp", "time", "", "R", String(Math.floor(Date.now() / 1000) - 40)],
  ]],
  [3303, "Temperature", true, [0, 1], [
    [5700, "Sensor Value", "float", "Cel", "R", 21.42, { numeric: true, mandatory: true, description: "The last value measured." }],
    [5601, "Min Measured Value", "float", "Cel", "R", 17.03, { numeric: true }],
    [5602, "Max Measured Value", "float", "Cel", "R", 24.9, { numeric: true }],
    [5605, "Reset Min and Max Measured Values", "", "", "E"],
    [5750, "Application Type", "string", "", "RW", "inlet", { range: "0..64" }],
  ]],
  [3304, "Humidity", true, [0], [
    [5700, "Sensor Value", "float", "%RH", "R", 48.2, { numeric: true, mandatory: true }],
  ]],
  [32770, "Object 32770", true, [0], [
    [0, "Resource 0", "opaque", "", "RW", "WEWhDI8rYX5CcP+BoyFtLzMzMDM="],
    [1, "Resource 1", "string", "", "RW", "raw"],
    [2, "Resource 2", "opaque", "", "RW", beginning(), { size: LARGE_BYTES }],
  ]],
];

export function fakeWorkspace(base: FakeDoor, { known = true } = {}): FakeWorkspace {
  const device = base.devices[0] as Device;
  Object.assign(device, {
    endpoint: "urn:imei:356938035643809",
    alias: "Water meter, shelf 3",
    model: "Meridian MX-4",
    firmware: "2.3.1",
    lifetime_s: 300,
    expires_at: new Date(Date.now() + 287_000).toISOString(),
    objects: objects.map(([object, , , instances]) => ({ object, version: object === 3303 ? "1.1" : "1.0", instances })),
  });
  const { endpoint } = device;
  let rows = treeRows(known);
  const events: [string, unknown][] = [];
  const traffic: TrafficMessage[] = [];
  const observed = new Set<string>(known ? ["/3303/0/5700", "/3303/1/5700", "/4/0/2", "/3/0/9"] : []);
  const operations: { at: number; end: () => void }[] = [];
  const history: Reading[] = [];
  let clock = Date.now();
  let count = 0;

  const row = (path: string) => {
    const found = rows.find((one) => one.path === path);
    if (!found) throw new Refusal("invalid_path", `${path} is no path of this device.`);
    return found;
  };
  const branch = (path: string) => rows.filter((one) => one.path === path || one.path.startsWith(`${path}/`));

  function report(target: TreeRow, value: JsonValue, source: ReadingsEvent["source"]): void {
    Object.assign(target, { value, at: clock, source });
    history.push({ time: new Date(clock).toISOString(), path: target.path, kind: target.kind ?? "string", value, source });
    // Events have the beginning of a large value only, too.
    const sizes = target.size !== undefined && value === beginning() ? { sizes: [target.size] } : {};
    events.push(["readings", { endpoint, path: target.path, kind: target.kind, t: [clock], v: [value], ...sizes, source, revision: (count += 1) }]);
  }

  function say(inbound: boolean, summary: string, path: string, hex: string): void {
    const bytes = Buffer.from(hex.replaceAll(" ", ""), "hex").toString("base64");
    const message = { time: new Date(clock).toISOString(), inbound, peer: device.address, summary, path, format: "senml_cbor" as const, bytes };
    traffic.unshift(message);
    events.push(["traffic", message]);
  }

  /** Starts an operation that ends `after` milliseconds later. */
  function start(name: string, path: string, after: number, end: (operation: Operation) => void): { operation: string } {
    const operation: Operation = { operation: `w-${(count += 1)}`, endpoint, name, path, priority: "normal", state: "sent", started_at: new Date(clock).toISOString() };
    events.push(["operation", { ...operation }]);
    if (after > 1_000) operation.progress = "retransmission 2 of 4";
    operations.push({
      at: clock + after,
      end: () => {
        Object.assign(operation, { state: "ended", outcome: "success", code: "2.05", ended_at: new Date(clock).toISOString() });
        end(operation);
        events.push(["operation", operation]);
      },
    });
    return { operation: operation.operation };
  }

  const answers: Answers = {
    ...instruments({
      rows: () => rows,
      start: (name, path, end) => start(name, path, 120, (operation) => end(operation as Ended)),
    }),
    tree_get: () => ({ rows: rows.map((one) => withObservation(one, observed)), revision: count, actions: triggers }),
    resource_read: ({ path }) =>
      start("resource_read", path, path === "/5" ? 4_000 : 120, (operation) => {
        if (path === "/5") {
          Object.assign(operation, { outcome: "timed_out", code: undefined, detail: "No answer after 4 retransmissions in 93 s. The device may be off, or its address may have changed." });
          return;
        }
        for (const one of branch(path)) {
          const value = one.value ?? initial.get(one.path);
          if (one.readable && value !== undefined) report(one, value, "read");
        }
        say(true, `ACK 2.05 Content · mid 4711`, path, "6845 a10c 8f2b 617e 4270 ff81 a321 6d2f 3333 3033 2f30 2f35 3730 3002 f94d 5b");
      }),
    resource_write: ({ path, values }) =>
      start("resource_write", path, 150, (operation) => {
        if (path === "/3/0/15") {
          Object.assign(operation, { outcome: "refused", code: "4.05", detail: "The device does not allow writing /3/0/15 (4.05 Method Not Allowed)." });
          return;
        }
        operation.code = "2.04";
        for (const { path: target, value } of values) initial.set(target, value);
        for (const { path: target, value } of values) row(target).value = value;
      }),
    resource_execute: ({ path }) => start("resource_execute", path, 90, (operation) => (operation.code = "2.04")),
    resource_discover: ({ path }) =>
      start("resource_discover", path, 90, () => {
        rows = rows.map((one) => (one.path === "/3303/0/5700" ? { ...one, attributes: ["pmin=5", "pmax=60", "st=0.2"] } : one));
      }),
    attributes_write: ({ path, attributes }) =>
      start("attributes_write", path, 90, () => {
        const kept = row(path).attributes.filter((one) => !(one.split("=")[0]! in attributes));
        const added = Object.entries(attributes).flatMap(([name, value]) => (value === null ? [] : [`${name}=${value}`]));
        row(path).attributes = [...kept, ...added];
      }),
    observation_start: ({ path }) =>
      start("observation_start", path, 90, () => {
        observed.add(path);
        for (const one of branch(path)) if (initial.has(one.path)) report(one, initial.get(one.path)!, "notify");
      }),
    observation_cancel: ({ path }) => start("observation_cancel", path, 90, () => observed.delete(path)),
    instance_create: ({ object, instance = 2 }) =>
      start("instance_create", `/${object}`, 90, (operation) => {
        operation.location = `/${object}/${instance}`;
        const from = rows.filter((one) => one.path.startsWith(`/${object}/0`));
        const at = rows.findLastIndex((one) => one.path.startsWith(`/${object}`));
        const rename = (path: string) => path.replace(`/${object}/0`, `/${object}/${instance}`);
        rows.splice(at + 1, 0, ...from.map(({ value: _, at: __, ...one }) => ({ ...one, path: rename(one.path), parent: rename(one.parent ?? "") })));
      }),
    instance_delete: ({ path }) => start("instance_delete", path, 90, () => (rows = rows.filter((one) => !branch(path).includes(one)))),
    operation_wait: ({ operation }) => ({ operation, endpoint, name: "", path: "", priority: "normal", state: "sent", started_at: "" }),
    operation_get: ({ operation }) => ({ operation, endpoint, name: "", path: "", priority: "normal", state: "sent", started_at: "" }),
    value_parse: ({ path, text, kind }) => {
      const asked = rows.find((one) => one.path === path)?.kind ?? kind ?? "string";
      const number = Number(text);
      if (asked === "float" || asked === "integer" || asked === "unsigned") {
        if (text.trim() === "" || Number.isNaN(number)) throw new Refusal("invalid_value", `“${text}” is not a number.`);
        return { kind: asked, value: asked === "float" ? number : text.trim() };
      }
      if (asked === "boolean") return { kind: asked, value: text === "true" };
      if (asked === "time") {
        const at = Date.parse(text);
        if (Number.isNaN(at)) throw new Refusal("invalid_value", `“${text}” is not a time. Write it like 2026-11-20T09:00:00Z.`);
        return { kind: asked, value: String(Math.floor(at / 1000)) };
      }
      if (path === "/3/0/14" && !/^[+-]\d\d:\d\d$/.test(text)) throw new Refusal("invalid_value", "UTC Offset takes ±hh:mm, e.g. +05:30.");
      return { kind: asked, value: asked === "opaque" ? Buffer.from(text, "hex").toString("base64") : text };
    },
    value_get: ({ path }) => ({ time: new Date(row(path).at ?? clock).toISOString(), path, kind: "opaque", value: large(LARGE_BYTES), source: "read" }),
    reading_history: ({ path, limit = 1_000 }) => ({ readings: history.filter((one) => one.path === path).slice(-limit) }),
    reading_chart: ({ paths, from, to, columns }) => ({
      series: paths.map((path) => {
        const { t, v } = known || observed.has(path) ? curve(path, from, Math.min(to, clock), columns) : { t: [], v: [] };
        const { name = path, unit } = rows.find((one) => one.path === path) ?? {};
        return { path, name, ...(unit === undefined ? {} : { unit }), t, v, readings: t.length };
      }),
    }),
    traffic_list: () => ({ messages: traffic }),
    operation_list: (request) => {
      const answer = base.answer("operation_list", request).body as { operations: Operation[] };
      const own = (one: Operation, i: number) => (i % 2 === 0 && one.state === "ended" ? { ...one, endpoint } : one);
      return { operations: answer.operations.map(own).filter((one) => one.state === "ended" || one.endpoint !== endpoint) };
    },
  };

  for (let i = 12; i > 0; i -= 1) {
    clock = Date.now() - i * 5_010;
    if (known) for (const path of observed) report(row(path), moved(path, clock), "notify");
  }
  events.length = 0;
  clock = Date.now();

  return {
    devices: base.devices,
    endpoint,
    answer(name, request) {
      const handler = answers[name as Name] as ((request: unknown) => unknown) | undefined;
      if (!handler) return base.answer(name, request);
      try {
        return { status: 200, body: handler(request) };
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        return { status: 400, body: { code: error.code, message: error.message, details: error.details } };
      }
    },
    async pump(emit, ms = 200) {
      clock = Math.max(clock + 1, Date.now());
      for (const operation of operations.splice(0)) {
        if (operation.at <= clock + ms) operation.end();
        else operations.push(operation);
      }
      for (const path of observed) {
        for (const one of branch(path)) {
          if (one.numeric && clock - (one.at ?? 0) > 1_000) {
            report(one, moved(one.path, clock), "notify");
            say(true, `NON 2.05 Content · observe 41`, one.path, "5845 a10c 8f2b 617e 4270 ff81 a321 6d2f 3333 3033 2f30 2f35 3730 3002 f94d 5b");
          }
        }
      }
      for (const [event, data] of events.splice(0)) await emit(event, data);
    },
  };
}

const triggers: DeviceAction[] = [
  { name: "registration_update_trigger", title: "Send an Update now", path: "/1/0/8" },
  { name: "disable", title: "Disable", path: "/1/0/4", confirm: "The device de-registers and stays away for 86400 s." },
];

/** Bytes that repeat, in base64. */
function large(count: number): string {
  return Buffer.from(Uint8Array.from({ length: count }, (_, i) => i % 251)).toString("base64");
}

function beginning(): string {
  return large(SHOWN_BYTES);
}

/** What the device would answer for a resource that was not read yet. */
const initial = new Map<string, JsonValue>();

function treeRows(known: boolean): TreeRow[] {
  const rows: TreeRow[] = [];
  const plain = { readable: false, writable: false, executable: false, multiple: false, mandatory: false, numeric: false, attributes: [] };
  for (const [object, name, multiple, instances, resources] of objects) {
    const missing = object > 32_768;
    rows.push({
      ...plain,
      path: `/${object}`,
      level: "object",
      name,
      version: object === 3303 ? "1.1" : "1.0",
      fit: missing ? "missing" : "exact",
      ...(missing ? { warning: "No definition of object 32770 1.0 is loaded: values are shown as they came." } : {}),
      multiple,
      readable: true,
    });
    for (const instance of instances) {
      const parent = `/${object}/${instance}`;
      rows.push({ ...plain, path: parent, parent: `/${object}`, level: "instance", name: `${name} ${instance}`, readable: true, writable: true });
      for (const [id, title, kind, unit, operations, value, more] of resources) {
        const path = `${parent}/${id}`;
        if (value !== undefined) initial.set(path, value);
        const age = object === 3 ? 2 * HOUR : 4_000;
        const shown = known && value !== undefined && operations.includes("R") && object !== 5 && object !== 6 && object !== 1;
        rows.push({
          ...plain,
          path,
          parent,
          level: "resource",
          name: title,
          ...(kind === "" ? {} : { kind }),
          ...(unit === "" ? {} : { unit }),
          readable: operations.includes("R"),
          writable: operations.includes("W"),
          executable: operations.includes("E"),
          ...(shown ? { value, at: Date.now() - age, source: "read" as const } : {}),
          ...(path === "/3303/0/5700" ? { attributes: ["pmin=5", "st=0.2"] } : {}),
          ...more,
        });
        if (more?.multiple) {
          for (const below of [0, 1]) {
            const own = kind === "string" ? ["10.20.0.7", "fe80::1c2:9ff:fe21:3a01"][below]! : String(below);
            initial.set(`${path}/${below}`, own);
            rows.push({
              ...plain,
              path: `${path}/${below}`,
              parent: path,
              level: "resource_instance",
              name: String(below),
              ...(kind === "" ? {} : { kind }),
              readable: true,
              ...(known ? { value: own, at: Date.now() - age, source: "read" as const } : {}),
            });
          }
        }
      }
    }
  }
  return rows;
}

function withObservation(row: TreeRow, observed: Set<string>): TreeRow {
  const own = [...observed].find((path) => row.path === path) ?? [...observed].find((path) => row.path.startsWith(`${path}/`));
  return own === undefined ? row : { ...row, observed: own };
}

/** A believable value at a time. */
function moved(path: string, at: number): JsonValue {
  const k = path.length + (path.includes("/1/") ? 4 : 0);
  const x = at / 10_000;
  const wave = Math.sin(x / 31 + k) * 1.5 + Math.sin(x / 7 + k * 2) * 0.28 + Math.sin(x * 1.7 + k * 3) * 0.09;
  if (path.startsWith("/3303")) return Number(((path.includes("/1/") ? 18.2 : 20.5) + wave).toFixed(2));
  if (path.startsWith("/3304")) return Number((48 + wave * 4).toFixed(1));
  if (path.startsWith("/4")) return String(Math.round(-71 + wave * 3));
  if (path.startsWith("/3/0/9")) return String(Math.round(87 + wave));
  return Number((10 + wave).toFixed(3));
}

function curve(path: string, from: number, to: number, columns: number): { t: number[]; v: number[] } {
  const begin = Math.max(from, Date.now() - 26 * HOUR);
  const step = Math.max(5_000, (to - begin) / columns / 2);
  const t: number[] = [];
  const v: number[] = [];
  for (let at = Math.ceil(begin / step) * step; at < to; at += step) {
    const ago = Date.now() - at;
    // The device was away for a while.
    if (ago > 540_000 && ago < 620_000) continue;
    t.push(Math.round(at));
    v.push(Number(moved(path, at)));
  }
  return { t, v };
}
