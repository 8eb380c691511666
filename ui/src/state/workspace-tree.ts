/**
 * The rows of a device's tree as a screen wants them: which are visible, how deep
 * they stand and where among their siblings. It never takes a path apart: parents
 * come with the rows. Live values are in `workspace.svelte.ts`.
 */
import type { TreeRow } from "../host";

/** Milliseconds for which a value counts as fresh: opening a node does not read it again. */
export const FRESH_MS = 5_000;

/** A row on the screen, with what a tree grid must say about it. */
export interface VisibleRow {
  row: TreeRow;
  /** 1 for objects, as `aria-level` counts. */
  depth: number;
  expandable: boolean;
  expanded: boolean;
  /** Among its siblings, from 1. */
  position: number;
  siblings: number;
}

export class Tree {
  readonly rows: readonly TreeRow[];
  readonly #byPath = new Map<string, TreeRow>();
  readonly #children = new Map<string, TreeRow[]>();
  readonly #roots: TreeRow[] = [];

  /** Rows as `tree_get` gives them: parents before children, in the order to show. */
  constructor(rows: readonly TreeRow[]) {
    this.rows = rows;
    for (const row of rows) {
      this.#byPath.set(row.path, row);
      if (row.parent === undefined) this.#roots.push(row);
      else if (this.#children.has(row.parent)) this.#children.get(row.parent)!.push(row);
      else this.#children.set(row.parent, [row]);
    }
  }

  get(path: string | null | undefined): TreeRow | undefined {
    return path == null ? undefined : this.#byPath.get(path);
  }

  get objects(): readonly TreeRow[] {
    return this.#roots;
  }

  children(path: string): readonly TreeRow[] {
    return this.#children.get(path) ?? [];
  }

  /** The name of a row for a line of its own: instances of a resource say which one. */
  title(path: string): string {
    const row = this.get(path);
    if (row?.level !== "resource_instance") return row?.name ?? "";
    return `${this.get(row.parent)?.name ?? ""} ${row.name}`;
  }

  /** Parent, its parent and so on: nearest first. */
  ancestors(path: string): TreeRow[] {
    const found: TreeRow[] = [];
    for (let row = this.get(this.get(path)?.parent); row !== undefined; row = this.get(row.parent)) found.push(row);
    return found;
  }

  /** The object that a row belongs to; the row itself if it is one. */
  object(path: string): TreeRow | undefined {
    return this.ancestors(path).at(-1) ?? this.get(path);
  }

  /** The instance that a row stands in; the row itself if it is one. */
  instance(path: string): TreeRow | undefined {
    const row = this.get(path);
    return row?.level === "instance" ? row : this.ancestors(path).find((above) => above.level === "instance");
  }

  /** Whether `path` is `above` or lies below it. */
  within(path: string, above: string): boolean {
    return path === above || this.ancestors(path).some((row) => row.path === above);
  }

  /** The row and everything below it, parents first. */
  branch(path: string): TreeRow[] {
    const found: TreeRow[] = [];
    const open = [this.get(path)];
    while (open.length > 0) {
      const row = open.shift();
      if (row === undefined) continue;
      found.push(row);
      open.push(...this.children(row.path));
    }
    return found;
  }

  /**
   * The only instance of an object that can have only one: its row says nothing
   * that the object's row does not, so the resources stand right below the object.
   */
  folded(object: TreeRow): TreeRow | undefined {
    const below = this.children(object.path);
    const only = below.length === 1 ? below[0] : undefined;
    return object.level === "object" && !object.multiple && only?.level === "instance" ? only : undefined;
  }

  /** Rows one step below on the screen. */
  shownBelow(row: TreeRow): readonly TreeRow[] {
    return this.children((this.folded(row) ?? row).path);
  }

  /** The row one step above on the screen. */
  shownAbove(path: string): TreeRow | undefined {
    const parent = this.get(this.get(path)?.parent);
    const above = this.get(parent?.parent);
    return above !== undefined && this.folded(above) === parent ? above : parent;
  }

  /**
   * What is on the screen. A filter keeps rows whose name, path or value has all of
   * its words, opens the way down to them, and keeps what lies below a match.
   */
  visible(expanded: ReadonlySet<string>, filter = ""): VisibleRow[] {
    const words = filter.toLowerCase().split(/\s+/).filter((word) => word !== "");
    const kept = words.length === 0 ? undefined : this.#kept(words);
    const found: VisibleRow[] = [];
    this.#collect(this.#roots, 1, expanded, kept, found);
    return found;
  }

  #collect(
    level: readonly TreeRow[],
    depth: number,
    expanded: ReadonlySet<string>,
    kept: Kept | undefined,
    found: VisibleRow[],
  ): void {
    const shown = kept === undefined ? level : level.filter((row) => kept.rows.has(row.path));
    shown.forEach((row, at) => {
      const below = this.shownBelow(row);
      const expandable = below.length > 0 || this.#mayHold(row);
      const open = expandable && (expanded.has(row.path) || kept?.ways.has(row.path) === true);
      found.push({
        row,
        depth,
        expandable,
        expanded: open,
        position: at + 1,
        siblings: shown.length,
      });
      // At most four levels: object, instance, resource, resource instance.
      if (open) this.#collect(below, depth + 1, expanded, kept, found);
    });
  }

  /** Without a definition nobody knows what an instance holds before it is read. */
  #mayHold(row: TreeRow): boolean {
    const instance = row.level === "instance" ? row : this.folded(row);
    return instance?.readable === true;
  }

  #kept(words: string[]): Kept {
    const rows = new Set<string>();
    const ways = new Set<string>();
    for (const row of this.rows) {
      const text = `${row.name} ${row.path} ${row.value ?? ""}`.toLowerCase();
      if (!words.every((word) => text.includes(word))) continue;
      for (const below of this.branch(row.path)) rows.add(below.path);
      for (const above of this.ancestors(row.path)) {
        rows.add(above.path);
        ways.add(above.path);
      }
    }
    return { rows, ways };
  }
}

/** What a filter leaves: rows to show, and rows to open so that a match is seen. */
interface Kept {
  rows: Set<string>;
  ways: Set<string>;
}

/**
 * Whether opening a node should read it: something below is readable, or nobody knows
 * what is below, and neither a read just covered it nor has every readable row a fresh
 * value of its own.
 */
export function needsRead(
  branch: readonly TreeRow[],
  valueAt: (row: TreeRow) => number | undefined,
  readAt: number,
  now: number,
): boolean {
  if (now - readAt < FRESH_MS) return false;
  const leaves = branch.filter((row) => row.level === "resource" || row.level === "resource_instance");
  if (leaves.length === 0) return branch.some((row) => row.level === "instance" && row.readable);
  return leaves.some((row) => row.readable && now - (valueAt(row) ?? 0) >= FRESH_MS);
}
