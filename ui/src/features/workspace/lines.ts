/**
 * The lines of the tree grid: the visible rows, and below some of them a sentence with
 * what can be done about it. A pure function of what is known; the grid only draws it.
 */
import type { TreeRow } from "../../host";
import type { Draft } from "../../state/workspace-drafts.svelte";
import type { Failure } from "../../state/workspace-asked.svelte";
import type { VisibleRow } from "../../state/workspace-tree";

/** A row of the device. */
export interface RowLine extends VisibleRow {
  is: "row";
  /** The index of the row one step above. */
  parent: number | undefined;
}

/** A sentence about the row above it. */
export interface SaidLine {
  is: "said";
  row: TreeRow;
  depth: number;
  what: "failure" | "refused" | "definition";
  sentence: string;
}

export type Line = RowLine | SaidLine;

export function linesOf(
  visible: readonly VisibleRow[],
  failureOf: (path: string) => Failure | undefined,
  draftOf: (path: string) => Draft | undefined,
): Line[] {
  const lines: Line[] = [];
  /** The index of the last row at each depth: the parent of what follows deeper. */
  const last: number[] = [];
  for (const shown of visible) {
    const { row, depth } = shown;
    last[depth] = lines.length;
    lines.push({ is: "row", ...shown, parent: depth > 1 ? last[depth - 1] : undefined });
    const say = (what: SaidLine["what"], sentence: string) => lines.push({ is: "said", row, depth, what, sentence });
    const failure = failureOf(row.path);
    if (failure !== undefined) say("failure", failure.sentence);
    const problem = draftOf(row.path)?.problem;
    if (problem !== undefined) say("refused", problem);
    if (row.fit === "missing" && shown.expanded) {
      say("definition", row.warning ?? "No definition is loaded for this object: names and types are unknown.");
    }
  }
  return lines;
}

export function keyOf(line: Line): string {
  return line.is === "row" ? line.row.path : `${line.what} ${line.row.path}`;
}
