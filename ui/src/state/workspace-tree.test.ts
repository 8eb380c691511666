import { describe, expect, it } from "vitest";

import type { TreeRow } from "../host";
import { FRESH_MS, needsRead, Tree } from "./workspace-tree";

function row(path: string, level: TreeRow["level"], parent?: string, more: Partial<TreeRow> = {}): TreeRow {
  return {
    path,
    ...(parent === undefined ? {} : { parent }),
    level,
    name: `name of ${path}`,
    readable: true,
    writable: false,
    executable: false,
    multiple: false,
    mandatory: false,
    numeric: false,
    attributes: [],
    ...more,
  };
}

/** A single object with a resource of two instances, and an object of two instances. */
const rows = [
  row("/3", "object", undefined, { name: "Device" }),
  row("/3/0", "instance", "/3"),
  row("/3/0/0", "resource", "/3/0", { name: "Manufacturer", value: "Meridian" }),
  row("/3/0/4", "resource", "/3/0", { name: "Reboot", readable: false, executable: true }),
  row("/3/0/6", "resource", "/3/0", { multiple: true }),
  row("/3/0/6/0", "resource_instance", "/3/0/6"),
  row("/3/0/6/1", "resource_instance", "/3/0/6"),
  row("/3303", "object", undefined, { name: "Temperature", multiple: true }),
  row("/3303/0", "instance", "/3303"),
  row("/3303/0/5700", "resource", "/3303/0", { name: "Sensor Value" }),
  row("/3303/1", "instance", "/3303"),
  row("/3303/1/5700", "resource", "/3303/1", { name: "Sensor Value" }),
];
const tree = new Tree(rows);
const paths = (expanded: string[], filter?: string) =>
  tree.visible(new Set(expanded), filter).map((line) => line.row.path);

describe("tree", () => {
  it("shows objects, and what was opened", () => {
    expect(paths([])).toEqual(["/3", "/3303"]);
    expect(paths(["/3303", "/3303/1"])).toEqual(["/3", "/3303", "/3303/0", "/3303/1", "/3303/1/5700"]);
  });

  it("leaves out the only instance of an object that can have only one", () => {
    expect(paths(["/3"])).toEqual(["/3", "/3/0/0", "/3/0/4", "/3/0/6", "/3303"]);
    expect(tree.folded(rows[0]!)?.path).toBe("/3/0");
    expect(tree.folded(rows[7]!)).toBeUndefined();
    expect(tree.shownAbove("/3/0/0")?.path).toBe("/3");
    expect(tree.shownAbove("/3303/0/5700")?.path).toBe("/3303/0");
  });

  it("says where each row stands, as a tree grid must", () => {
    const lines = tree.visible(new Set(["/3", "/3/0/6"]));
    const found = lines.find((line) => line.row.path === "/3/0/6/1");
    expect(found).toMatchObject({ depth: 3, position: 2, siblings: 2, expandable: false });
    expect(lines[0]).toMatchObject({ depth: 1, position: 1, siblings: 2, expandable: true, expanded: true });
  });

  it("opens the way to what a filter finds, and keeps what lies below it", () => {
    expect(paths([], "manufacturer")).toEqual(["/3", "/3/0/0"]);
    expect(paths([], "meridian")).toEqual(["/3", "/3/0/0"]);
    expect(paths([], "sensor 3303/1")).toEqual(["/3303", "/3303/1", "/3303/1/5700"]);
    expect(paths(["/3303", "/3303/0"], "temperature")).toEqual(["/3303", "/3303/0", "/3303/0/5700", "/3303/1"]);
    expect(paths([], "nothing like it")).toEqual([]);
  });

  it("knows parents and branches without reading paths", () => {
    expect(tree.ancestors("/3/0/6/1").map(({ path }) => path)).toEqual(["/3/0/6", "/3/0", "/3"]);
    expect(tree.object("/3/0/6/1")?.path).toBe("/3");
    expect(tree.instance("/3/0/6/1")?.path).toBe("/3/0");
    expect(tree.within("/3303/0/5700", "/3303")).toBe(true);
    expect(tree.within("/3303", "/3")).toBe(false);
    expect(tree.branch("/3303/1").map(({ path }) => path)).toEqual(["/3303/1", "/3303/1/5700"]);
  });
});

describe("freshness", () => {
  const now = 1_000_000;
  const branch = tree.branch("/3303/1");
  const at = (value: number | undefined) => () => value;

  it("reads what was never read or is old", () => {
    expect(needsRead(branch, at(undefined), 0, now)).toBe(true);
    expect(needsRead(branch, at(now - FRESH_MS), 0, now)).toBe(true);
  });

  it("does not read again what is fresh or was just read", () => {
    expect(needsRead(branch, at(now - 100), 0, now)).toBe(false);
    expect(needsRead(branch, at(undefined), now - 100, now)).toBe(false);
  });

  it("reads an instance of which nothing is known but that it is there", () => {
    const raw = new Tree([row("/9", "object", undefined, { multiple: true }), row("/9/0", "instance", "/9")]);
    expect(raw.visible(new Set(["/9", "/9/0"])).map(({ expandable }) => expandable)).toEqual([true, true]);
    expect(needsRead(raw.branch("/9"), at(undefined), 0, now)).toBe(true);
    expect(needsRead(raw.branch("/9"), at(undefined), now - 100, now)).toBe(false);
  });

  it("does not read what has nothing to read", () => {
    expect(needsRead([row("/3/0/4", "resource", "/3/0", { readable: false })], at(undefined), 0, now)).toBe(false);
  });
});
