/**
 * The newer instruments behind the fake door: console, composite requests, attributes,
 * access rules, palette. Enough to look at their panels; never part of the product.
 */
import type { AccessRow, Calls, CompatibilityRow, Finding, JsonValue, Kind, Observation, Operation, PathSet, Profile, TreeRow } from "../src/host/generated";
import { Refusal } from "./fake-door";

type Name = keyof Calls;
type Answers = { [N in Name]?: (request: Calls[N]["request"]) => Calls[N]["response"] };

/** What the fake device lends to its instruments. */
export interface Bench {
  rows: () => TreeRow[];
  /** Starts an operation that ends a moment later. */
  start: (name: string, path: string, end: (operation: Ended) => void) => { operation: string };
}

export interface Ended {
  code?: string;
  paths?: string[];
  missing?: string[];
  values?: { path: string; kind: Kind; value: JsonValue }[];
  format?: "senml_cbor";
}

export function instruments({ rows, start }: Bench): Answers {
  const lines: { line: string; at: string }[] = [{ line: "read /3/0/9", at: new Date(Date.now() - 120_000).toISOString() }];
  const sets: PathSet[] = [{ name: "climate", scope: "model", model: "Meridian MX-4", paths: ["/3303/0/5700", "/3304/0/5700"] }];
  const observed: Observation[] = [];
  const access: AccessRow[] = [rule(0, 3303, "Temperature", 0), rule(1, 5, "Firmware Update", 0)];

  let profile: Profile = {};
  const findings: Finding[] = [
    {
      code: "lifetime_too_short",
      title: "The lifetime is shorter than its sleep",
      seen: "“meter” sleeps between its wake-ups for 900 s on average, and its registration lasts 300 s.",
      why: "Its registration ends while it sleeps.",
      fix: "Write a longer lifetime when it is awake.",
      action: { label: "Write a longer lifetime", call: "resource_write", request: { path: "/1/0/1", values: [{ path: "/1/0/1", kind: "integer", value: "1800" }] } },
    },
  ];
  const compatibility: CompatibilityRow[] = [
    quirk("QRK-01", "registers without the lwm2m parameter", 0),
    quirk("QRK-05", "answers without a Content-Format", 14),
  ];
  const queue: Operation[] = [waiting("q-1", "resource_write", "/1/0/1"), waiting("q-2", "resource_read", "/3/0/9")];

  const below = (paths: string[]) =>
    rows().filter((row) => row.value !== undefined && paths.some((path) => path === "/" || row.path === path || row.path.startsWith(`${path}/`)));
  const missing = (paths: string[]) => paths.filter((path) => below([path]).length === 0);
  const read = (name: string, paths: string[]) =>
    start(name, paths[0] ?? "/", (operation) =>
      Object.assign(operation, {
        code: "2.05",
        format: "senml_cbor",
        paths,
        missing: missing(paths),
        values: below(paths).map(({ path, kind, value }) => ({ path, kind: kind ?? "string", value: value ?? null })),
      }),
    );

  return {
    console_history: () => ({ lines }),
    console_run: ({ line }) => {
      if (line === "help") return { output: ["read PATH [FORMAT]    reads", "write PATH VALUE      writes"] };
      const path = rows().find((row) => line.split(" ")[1] === row.path)?.path;
      if (path === undefined) throw new Refusal("invalid_request", "Column 6: a path is expected, as in /3/0/9.", { column: 6 });
      const request = { endpoint: "", path };
      return { operation: read("resource_read", [path]).operation, call: { name: "resource_read", request } };
    },
    console_complete: ({ line }) => {
      const from = line.lastIndexOf(" ") + 1;
      const typed = line.slice(from).toLowerCase();
      const fits = rows().filter(({ path, name }) => path.startsWith(typed) || name.toLowerCase().includes(typed));
      return {
        from,
        expected: "a path",
        candidates: fits.slice(0, 12).map(({ path, name, unit }) => ({ text: path, kind: "path", label: name, ...(unit === undefined ? {} : { detail: unit }) })),
      };
    },
    palette_search: ({ query, endpoint = "" }) => {
      const wanted = query.toLowerCase();
      const fits = rows().filter(({ path, name }) => wanted !== "" && (path.includes(wanted) || name.toLowerCase().includes(wanted)));
      return { items: fits.slice(0, 8).map(({ path, name }) => ({ kind: "path", title: name, detail: path, endpoint, path, deed: "open" })) };
    },
    path_set_list: () => ({ sets }),
    path_set_save: ({ name, scope, paths }) => (sets.push({ name, scope, paths }), { sets }),
    path_set_delete: ({ name }) => (sets.splice(sets.findIndex((set) => set.name === name), 1), { sets }),
    composite_read: ({ paths }) => read("composite_read", paths),
    device_read: () => read("device_read", ["/"]),
    composite_write: ({ values }) => start("composite_write", values[0]?.path ?? "/", (operation) => (operation.code = "2.04")),
    composite_observe: ({ paths }) => {
      const [endpoint, since] = ["", new Date().toISOString()];
      observed.push({ endpoint, paths, composite: true, since, notifications: 3, last_at: since });
      return read("composite_observe", paths);
    },
    composite_cancel: () => (observed.splice(0), start("composite_cancel", "/", () => {})),
    observation_list: () => ({ observations: observed }),
    attributes_get: ({ path }) => {
      const own = Object.fromEntries((rows().find((row) => row.path === path)?.attributes ?? []).map((text) => [text.split("=")[0] ?? "", Number(text.split("=")[1])]));
      const in_force = Object.fromEntries(Object.entries(own).map(([name, value]) => [name, { value, from: path }]));
      const pmin = own.pmin === undefined ? [] : [`at most every ${own.pmin} s`];
      const st = own.st === undefined ? [] : [`when it changes by ${own.st} °C`];
      return {
        path,
        levels: [{ path, attributes: own }],
        in_force: { ...in_force, pmax: { value: 300, from: "/1/0" } },
        words: [...pmin, "at least every 300 s", ...st],
        warnings: [],
        editable: [
          { name: "pmin", type: "seconds", unit: "s", doc: "The shortest time between two reports." },
          { name: "pmax", type: "seconds", unit: "s", doc: "The longest time between two reports." },
          { name: "gt", type: "number", doc: "Reports when the value crosses this upwards." },
          { name: "lt", type: "number", doc: "Reports when the value crosses this downwards." },
          { name: "st", type: "number", doc: "Reports when the value changed by as much." },
        ],
        as_of: new Date(Date.now() - 42_000).toISOString(),
      };
    },
    queue_get: () => ({
      state: "asleep",
      expected_wake_at: new Date(Date.now() + 754_000).toISOString(),
      wake_basis: "The last 4 Updates came every 15 min.",
      awake_window_s: 93,
      operations: queue,
    }),
    operation_move: ({ operation, priority }) => {
      const found = queue.find((one) => one.operation === operation);
      if (!found) throw new Refusal("unknown_operation", "It has ended.");
      return Object.assign(found, priority === undefined ? {} : { priority });
    },
    profile_get: () => ({ profile, defaults: { awake_window_s: 93, requeue_on_timeout: true, wake_on: "any", latest_wins: false } }),
    profile_put: (request) => {
      profile = request.profile;
      for (const row of compatibility) row.treatment = profile.quirks?.[row.code] ?? "lenient";
      return { profile, defaults: {} };
    },
    compatibility_get: () => ({ findings, rows: compatibility }),
    access_get: () => ({ rows: access, servers: [{ server: 123, instance: 0 }], as_of: new Date(Date.now() - 9_000).toISOString() }),
    access_put: ({ instance, entries }) =>
      start("resource_write", `/2/${instance}/2`, (operation) => {
        operation.code = "2.04";
        const row = access.find((one) => one.instance === instance);
        if (row) row.entries = entries;
      }),
  };
}

function rule(instance: number, object: number, name: string, of: number): AccessRow {
  return {
    instance,
    object,
    object_name: name,
    object_instance: of,
    owner: 123,
    summary: `Server 123 owns /${object}/${of}.`,
    entries: [
      { server: 123, rights: ["read", "write", "execute", "delete"] },
      { server: 0, rights: ["read"] },
    ],
  };
}

function quirk(code: string, title: string, count: number): CompatibilityRow {
  const seen = count === 0 ? {} : { last_at: new Date(Date.now() - 61_000).toISOString(), example: "the payload has no Content-Format; read as text" };
  return { code, title, treatment: "lenient", count, ...seen };
}

function waiting(operation: string, name: string, path: string): Operation {
  const [started_at, expires_at] = [-90_000, 86_400_000].map((ms) => new Date(Date.now() + ms).toISOString()) as [string, string];
  return { operation, endpoint: "", name, path, state: "queued", priority: "normal", waits_for: "wake", started_at, expires_at };
}
