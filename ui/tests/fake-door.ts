/**
 * A program that exists only in memory: enough of the contract to look at every
 * screen without the real one. Never part of the product.
 */
import type { Calls, Device, Model, ModelSummary, Operation, Problem, Settings, Status } from "../src/host/generated";
import { securityAnswers } from "./security-fake";

type Name = keyof Calls;
type Answers = { [N in Name]?: (request: Calls[N]["request"]) => Calls[N]["response"] };

export interface FakeDoor {
  answer(name: string, request: unknown): { status: number; body: unknown };
  devices: Device[];
}

export class Refusal extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly details: unknown = null,
  ) {
    super(message);
  }
}

const iso = (ms: number) => new Date(ms).toISOString();

export function fakeDoor({ devices: count = 14, theme = "dark" as Settings["theme"], now = Date.now() } = {}): FakeDoor {
  const devices = Array.from({ length: count }, (_, i) => device(i, now));
  const views = new Map<string, unknown>();
  const operations = someOperations(devices, now);
  const problems = count > 0 ? someProblems(now) : [];
  const listeners = [
    { role: "server" as const, scheme: "coap", address: "127.0.0.1:5683", exposed: false },
    { role: "server" as const, scheme: "coaps", address: "127.0.0.1:5684", exposed: false },
  ];
  let settings: Settings = {
    theme,
    on_close: "ask",
    retention_days: 90,
    retention_mib: 2048,
    listeners: { coap: "127.0.0.1:5683" },
    strict: false,
    grace_s: 0,
    blocked: [],
    log_dir: "",
    dtls_cid_bytes: 8,
    dtls_mtu: 1024,
    dtls_first_timeout_ms: 1000,
  };

  const status = (): Status => ({
    version: "0.1.0",
    listeners,
    closed_listeners:
      count > 0
        ? [
            {
              role: "bootstrap",
              scheme: "coap",
              address: "127.0.0.1:5783",
              reason: "Port 5783 is in use by another program (look for it with “ss -ulpn”). Close that program, or use another port.",
              suggestion: "127.0.0.1:5785",
            },
          ]
        : [],
    devices: devices.length,
    online: devices.filter(({ online }) => online).length,
    messages_per_second: count > 0 ? 3.1 : 0,
    open_operations: operations.filter(({ state }) => state !== "ended").length,
    observations: 3,
    simulated: 2,
    malformed: count > 0 ? 41 : 0,
    database_bytes: 38_400_000,
    revision: 1,
    data_dir: "workbench-data",
    log_dir: "workbench-data/logs",
  });

  const find = (endpoint: string) => {
    const found = devices.find((one) => one.endpoint === endpoint);
    if (!found) throw new Refusal("unknown_device", `No device named ${endpoint} has registered.`);
    return found;
  };

  const answers: Answers = {
    events_ticket: () => ({ ticket: "t" }),
    status_get: status,
    device_list: ({ filter = "", limit = 1000, offset = 0 }) => {
      const wanted = filter.toLowerCase();
      const match = devices.filter((one) => `${one.endpoint} ${one.alias ?? ""}`.toLowerCase().includes(wanted));
      return {
        devices: match.slice(offset, offset + limit),
        total: match.length,
        online: match.filter(({ online }) => online).length,
      };
    },
    device_get: ({ endpoint }) => find(endpoint),
    device_note: ({ endpoint, ...note }) => Object.assign(find(endpoint), note),
    device_forget: ({ endpoint }) => (devices.splice(devices.indexOf(find(endpoint)), 1), {}),
    operation_list: () => ({ operations }),
    problem_list: () => ({ problems }),
    model_list: () => ({ objects: models }),
    model_get: ({ object }) => ({ ...temperature, ...models.find((one) => one.object === object), resources: temperature.resources }) as Model,
    model_import: ({ name }) => ({
      objects: [{ object: 32769, version: "1.0", name: "Meridian Valve" }],
      problems: [{ file: name, line: 41, message: "Resource 6 has no Type, so its values cannot be read. Add <Type>." }],
    }),
    simulator_list: () => ({ endpoints: ["sim-1"], kinds: ["sensor", "meter"] }),
    simulator_start: () => ({ endpoints: ["sim-1"] }),
    interface_list: () => ({
      interfaces: [
        { name: "lo", address: "127.0.0.1", loopback: true, urls: ["coap://127.0.0.1:5683", "coaps://127.0.0.1:5684"] },
        { name: "eth0", address: "192.168.1.20", loopback: false, urls: [] },
        { name: "wlan0", address: "10.20.0.114", loopback: false, urls: [] },
      ],
    }),
    listener_open: ({ address }) => {
      throw new Refusal("conflict", `${address} is in use by another program.`, { suggestion: "192.168.1.20:5685" });
    },
    settings_get: () => settings,
    settings_put: (change) => (settings = { ...settings, ...change }),
    view_get: ({ key }) => ({ value: (views.get(key) ?? null) as never }),
    view_put: ({ key, value }) => (views.set(key, value), {}),
    compatibility_get: () => ({ rows: [], findings: [] }),
    observation_list: () => ({ observations: [] }),
    tree_get: () => ({ rows: [], revision: 1, actions: [] }),
    traffic_list: () => ({ messages: [] }),
    path_set_list: () => ({ sets: [] }),
    palette_search: () => ({ items: [] }),
    reading_history: () => ({ readings: [] }),
    ...securityAnswers(now, count > 0),
    table_export: ({ table }) => ({ name: `${table}.csv`, content: "a,b\n" }),
  };

  return {
    devices,
    answer(name, request) {
      const handler = answers[name as Name] as ((request: unknown) => unknown) | undefined;
      if (!handler) return { status: 404, body: { code: "not_found", message: `no ${name}`, details: null } };
      try {
        return { status: 200, body: handler(request) };
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        return { status: 409, body: { code: error.code, message: error.message, details: error.details } };
      }
    },
  };
}

function device(i: number, now: number): Device {
  const kinds = ["urn:imei:3569380356", "meter-00", "sim-temperature-", "gateway-roof-"];
  const kind = i % 4;
  const online = i % 7 !== 5;
  const sleeping = online && i % 7 === 2;
  const lifetime = [60, 300, 86_400][i % 3] ?? 60;
  const seen = now - ((i * 7919) % Math.min(lifetime * 700, 60_000));
  return {
    endpoint: `${kinds[kind]}${String(43809 + i * 8).padStart(5, "0")}`,
    ...(i % 5 === 1 ? { alias: `Shelf ${1 + (i % 9)}, slot ${1 + (i % 12)}` } : {}),
    tags: i % 4 === 0 ? ["site-a", "meter"] : [],
    online,
    queued: sleeping ? 2 : 0,
    sleeping,
    lwm2m_version: i % 3 === 0 ? "1.0" : "1.1",
    lifetime_s: lifetime,
    binding: sleeping ? "UQ" : "U",
    queue_mode: sleeping,
    address: `192.168.1.${20 + (i % 200)}:${49152 + (i % 9000)}`,
    ...(i % 6 === 4 ? { security: "psk" as const, cid_bytes: 8 } : { security: "nosec" as const }),
    fell_back: i === 3,
    ...(online ? { registration_id: `r${i}` } : {}),
    registered_at: iso(now - 9_672_000 - i * 1000),
    last_seen_at: iso(online ? seen : now - 190_000),
    ...(online ? { expires_at: iso(i === 3 ? now + 12_000 : seen + lifetime * 1000) } : {}),
    objects: [1, 3, 4, 5, 6, 3303].map((object) => ({ object, version: "1.0", instances: object === 3303 ? [0, 1] : [0] })),
    simulated: kind === 2,
    ...(kind === 3 ? {} : { model: ["Meridian MX-4", "Meridian MX-2", "Workbench sensor"][kind] as string }),
    ...(kind === 3 ? {} : { firmware: ["2.3.1", "1.9.4", "1.0.0"][kind] as string }),
    deviations: i % 9 === 4 ? ["The link of object 5 has no leading slash."] : [],
  };
}

function someOperations(devices: Device[], now: number): Operation[] {
  if (devices.length === 0) return [];
  const rows: Partial<Operation>[] = [
    { name: "resource_read", path: "/3303/0/5700", state: "sent", progress: "retransmission 2 of 4" },
    { name: "resource_write", path: "/3/0/14", state: "queued", progress: "waits for the device to wake" },
    { name: "resource_read", path: "/3", state: "ended", outcome: "success", code: "2.05", values: [{ path: "/3/0/0", kind: "string", value: "Meridian" }] },
    { name: "resource_write", path: "/3/0/13", state: "ended", outcome: "refused", code: "4.05", detail: "The device does not allow this operation on /3/0/13 (4.05 Method Not Allowed)." },
    { name: "resource_execute", path: "/3/0/4", state: "ended", outcome: "success", code: "2.04" },
    { name: "resource_read", path: "/5/0", state: "ended", outcome: "timed_out", detail: "No answer after 4 retransmissions in 93 s. The device may be off, or its address may have changed." },
    { name: "observation_start", path: "/3303/0/5700", state: "ended", outcome: "success", code: "2.05" },
    { name: "resource_discover", path: "/4", state: "ended", outcome: "cancelled" },
    { name: "resource_execute", path: "/5/0/2", state: "ended", outcome: "lost", detail: "Sent before the program stopped; the answer is unknown. It was not repeated." },
  ];
  return rows.map((row, i) => ({
    operation: `op-${i}`,
    endpoint: devices[i % devices.length]?.endpoint ?? "",
    name: "resource_read",
    path: "/3",
    priority: "normal",
    state: "ended",
    started_at: iso(now - 4_000 - i * 21_113),
    ...(row.state === "ended" ? { ended_at: iso(now - 4_000 - i * 21_113 + 38 + i * 411) } : {}),
    ...row,
  }));
}

function someProblems(now: number): Problem[] {
  return [
    { time: iso(now - 2_000), listener: "coap 127.0.0.1:5783", peer: "", kind: "port_in_use", count: 1, message: "Port 5783 is in use by another program (look for it with “ss -ulpn”). Close that program, or use another port." },
    { time: iso(now - 9_000), listener: "coap 127.0.0.1:5683", peer: "192.168.1.44:50112", kind: "malformed_message", count: 38, message: "The token length is 12; at most 8 is allowed (RFC 7252, section 3). The datagram was ignored." },
    { time: iso(now - 60_000), listener: "coap 127.0.0.1:5683", peer: "192.168.1.50:5683", kind: "registration_refused", count: 3, message: "“newcomer-1” registered without security, and nobody named it here. The device was told 4.03." },
  ];
}

const models: ModelSummary[] = [
  [0, "1.2", "LWM2M Security", 18], [1, "1.2", "LwM2M Server", 24], [2, "1.1", "LwM2M Access Control", 4], [3, "1.2", "Device", 24],
  [4, "1.3", "Connectivity Monitoring", 15], [5, "1.1", "Firmware Update", 14], [6, "1.0", "Location", 7], [7, "1.0", "Connectivity Statistics", 9],
  [3303, "1.1", "Temperature", 10], [3304, "1.1", "Humidity", 10], [3311, "1.0", "Light Control", 8], [3347, "1.0", "Push button", 4], [10241, "1.0", "HostDeviceInfo", 5],
].map(([object, version, name, resources], i) => ({ object, version, name, resources, source: i < 8 ? "bundled" : "catalogue" }) as ModelSummary);

const temperature: Model = {
  object: 3303,
  version: "1.1",
  name: "Temperature",
  description: "A temperature sensor: its present value, the extremes since the last reset, and the range in which it can measure.",
  multiple: true,
  mandatory: false,
  source: "bundled",
  resources: [
    { resource: 5700, name: "Sensor Value", operations: "R", multiple: false, mandatory: true, kind: "float", range: "", unit: "Cel", description: "The last value measured." },
    { resource: 5601, name: "Min Measured Value", operations: "R", multiple: false, mandatory: false, kind: "float", range: "", unit: "Cel", description: "The lowest value since the last reset." },
    { resource: 5602, name: "Max Measured Value", operations: "R", multiple: false, mandatory: false, kind: "float", range: "", unit: "Cel", description: "The highest value since the last reset." },
    { resource: 5605, name: "Reset Min and Max Measured Values", operations: "E", multiple: false, mandatory: false, range: "", unit: "", description: "Begins anew from the present value." },
    { resource: 5750, name: "Application Type", operations: "RW", multiple: false, mandatory: false, kind: "string", range: "0..64", unit: "", description: "What the sensor is used for, e.g. “inlet”." },
  ],
};
