/** A device's tree and its curves, as the fake door gives them. */
import type { ChartSeries, Reading, TreeRow } from "../src/host/generated";

type Leaf = [id: string, name: string, kind: TreeRow["kind"], value: TreeRow["value"], operations: string, unit?: string, observed?: boolean];

const objects: { path: string; name: string; version: string; instances: { path: string; leaves: Leaf[] }[] }[] = [
  {
    path: "/3",
    name: "Device",
    version: "1.2",
    instances: [
      {
        path: "/3/0",
        leaves: [
          ["0", "Manufacturer", "string", "Meridian", "R"],
          ["1", "Model Number", "string", "MX-4", "R"],
          ["3", "Firmware Version", "string", "2.3.1", "R"],
          ["4", "Reboot", undefined, undefined, "E"],
          ["9", "Battery Level", "integer", "87", "R", "%", true],
          ["13", "Current Time", "time", "1795167731", "RW"],
          ["14", "UTC Offset", "string", "+05:30", "RW"],
        ],
      },
    ],
  },
  {
    path: "/4",
    name: "Connectivity Monitoring",
    version: "1.3",
    instances: [{ path: "/4/0", leaves: [["2", "Radio Signal Strength", "integer", "-71", "R", "dBm", true]] }],
  },
  {
    path: "/3303",
    name: "Temperature",
    version: "1.1",
    instances: [0, 1].map((i) => ({
      path: `/3303/${i}`,
      leaves: [
        ["5700", "Sensor Value", "float", i === 0 ? 21.42 : 18.93, "R", "Cel", true],
        ["5601", "Min Measured Value", "float", 17.03, "R", "Cel"],
        ["5605", "Reset Min and Max Measured Values", undefined, undefined, "E"],
        ["5750", "Application Type", "string", i === 0 ? "inlet" : "outlet", "RW"],
      ] satisfies Leaf[],
    })),
  },
];

export function fakeTree(now: number): TreeRow[] {
  const none = { readable: true, writable: true, executable: false, multiple: false, mandatory: false, numeric: false, attributes: [] };
  return objects.flatMap(({ path, name, version, instances }) => [
    { ...none, path, level: "object" as const, name, version, fit: "exact" as const, multiple: instances.length > 1 },
    ...instances.flatMap((instance) => [
      { ...none, path: instance.path, parent: path, level: "instance" as const, name: `Instance ${instance.path.split("/")[2]}` },
      ...instance.leaves.map(([id, leaf, kind, value, operations, unit, observed], i): TreeRow => ({
        path: `${instance.path}/${id}`,
        parent: instance.path,
        level: "resource",
        name: leaf,
        ...(kind === undefined ? {} : { kind }),
        ...(value === undefined ? {} : { value, at: now - 800 - i * 3_100, source: observed ? "notify" : "read" }),
        ...(unit === undefined ? {} : { unit }),
        ...(observed ? { observed: `${instance.path}/${id}` } : {}),
        description: `${leaf} of the ${name} object.`,
        readable: operations.includes("R"),
        writable: operations.includes("W"),
        executable: operations.includes("E"),
        multiple: false,
        mandatory: id === "5700",
        numeric: kind === "float" || kind === "integer",
        attributes: observed ? ["pmin=5", "pmax=60"] : [],
      })),
    ]),
  ]);
}

/** A slow wave with a little noise, the same every time. */
function wave(path: string, t: number): number {
  const phase = path.includes("/1/") ? 2.1 : 0.4;
  const i = t / 10_000;
  return (path.includes("/1/") ? 18.2 : 20.5) + Math.sin(i / 31 + phase) * 1.5 + Math.sin(i / 7 + phase * 2) * 0.3 + Math.sin(i * 1.7) * 0.1;
}

export function fakeCurve(path: string, from: number, to: number, now: number): ChartSeries {
  const t: number[] = [];
  const v: number[] = [];
  for (let at = Math.ceil(from / 5_000) * 5_000; at < Math.min(to, now); at += 5_000) {
    t.push(at);
    v.push(wave(path, at));
  }
  return { path, name: "Sensor Value", unit: "Cel", t, v, readings: t.length };
}

export function fakeHistory(path: string, now: number): Reading[] {
  return Array.from({ length: 24 }, (_, i) => {
    const at = now - (24 - i) * 5_000;
    return { time: new Date(at).toISOString(), path, kind: "float", value: wave(path, at), source: "notify" };
  });
}
