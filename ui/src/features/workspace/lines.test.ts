import { describe, expect, it } from "vitest";

import type { TreeRow } from "../../host";
import { Tree } from "../../state/workspace-tree";
import { keyOf, linesOf } from "./lines";

function row(path: string, level: TreeRow["level"], parent?: string, more: Partial<TreeRow> = {}): TreeRow {
  return {
    path,
    ...(parent === undefined ? {} : { parent }),
    level,
    name: path,
    readable: true,
    writable: true,
    executable: false,
    multiple: true,
    mandatory: false,
    numeric: false,
    attributes: [],
    ...more,
  };
}

const tree = new Tree([
  row("/9", "object", undefined, { fit: "missing", warning: "No definition of object 9." }),
  row("/9/0", "instance", "/9"),
  row("/9/0/1", "resource", "/9/0"),
]);
const all = new Set(["/9", "/9/0"]);

describe("lines", () => {
  it("know where their parents stand", () => {
    const lines = linesOf(tree.visible(new Set(["/9/0"])), () => undefined, () => undefined);
    expect(lines.map(keyOf)).toEqual(["/9"]);
    const open = linesOf(tree.visible(all), () => undefined, () => undefined);
    expect(open.map(keyOf)).toEqual(["/9", "definition /9", "/9/0", "/9/0/1"]);
    expect(open.map((line) => (line.is === "row" ? line.parent : "said"))).toEqual([undefined, "said", 0, 2]);
  });

  it("say below a row what failed and what was refused", () => {
    const failure = { sentence: "The device did not answer in time.", retry: () => {} };
    const lines = linesOf(
      tree.visible(all),
      (path) => (path === "/9/0/1" ? failure : undefined),
      (path) => (path === "/9/0/1" ? { path, text: "x", problem: "x is no number." } : undefined),
    );
    expect(lines.map(keyOf).slice(-3)).toEqual(["/9/0/1", "failure /9/0/1", "refused /9/0/1"]);
  });
});
