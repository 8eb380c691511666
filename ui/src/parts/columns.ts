/** Columns of a table as data: what is shown, how wide, and how that is kept. */
import type { JsonValue } from "../host/generated";

export interface Column {
  id: string;
  title: string;
  /** Pixels at first; a growing column takes its share of what is left, from `min` on. */
  width: number;
  grow?: number;
  /** Fewest pixels, whether it grows or is dragged. */
  min?: number;
  /** Numbers that are compared stand at the end. */
  align?: "start" | "end";
  /** Whether the rows can be ordered by it. */
  sortable?: boolean;
  /** Ordered by it, the newest or the greatest row stands first. */
  descending?: boolean;
  /** Absent at first, to be shown from the menu. */
  hidden?: boolean;
  /** Cannot be hidden. */
  fixed?: boolean;
  /** Spoken instead of the title. */
  label?: string;
}

/** What a person changed about the columns. */
export interface ColumnView {
  widths: Record<string, number>;
  shown: Record<string, boolean>;
}

export const noChanges: ColumnView = { widths: {}, shown: {} };

/** Narrower than this nothing can be read. */
const MIN_WIDTH = 36;

export function visibleColumns(columns: readonly Column[], view: ColumnView): Column[] {
  return columns.filter((column) => column.fixed || (view.shown[column.id] ?? !column.hidden));
}

/** The widths as a grid template, and their sum at the least. */
export function layout(columns: readonly Column[], view: ColumnView): { template: string; width: number } {
  let width = 0;
  const tracks = columns.map((column) => {
    const chosen = view.widths[column.id];
    const own = chosen ?? (column.grow ? (column.min ?? column.width) : column.width);
    width += own;
    return chosen === undefined && column.grow ? `minmax(${own}px, ${column.grow}fr)` : `${own}px`;
  });
  // Without a growing column the last one fills the row, so that its hairline does.
  if (!tracks.some((track) => track.includes("fr"))) tracks.push("minmax(0, 1fr)");
  return { template: tracks.join(" "), width };
}

export function resized(view: ColumnView, column: Column, width: number): ColumnView {
  const fitting = Math.round(Math.max(column.min ?? MIN_WIDTH, width));
  return { ...view, widths: { ...view.widths, [column.id]: fitting } };
}

export function toggled(view: ColumnView, column: Column): ColumnView {
  const shown = view.shown[column.id] ?? !column.hidden;
  return { ...view, shown: { ...view.shown, [column.id]: !shown } };
}

/** A kept view, read with care. */
export function viewFrom(kept: JsonValue): ColumnView {
  if (typeof kept !== "object" || kept === null || Array.isArray(kept)) return noChanges;
  return { widths: only(kept.widths, "number"), shown: only(kept.shown, "boolean") };
}

function only<T extends number | boolean>(record: JsonValue | undefined, type: "number" | "boolean"): Record<string, T> {
  if (typeof record !== "object" || record === null || Array.isArray(record)) return {};
  return Object.fromEntries(Object.entries(record).filter(([, value]) => typeof value === type)) as Record<string, T>;
}
