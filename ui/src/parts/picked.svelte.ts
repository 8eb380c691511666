/**
 * Rows that were picked out of a table to do something with all of them: by a box in a column
 * named `pick`, with Control or Shift, or with the space bar. They are remembered by key, so
 * that the table may be sorted and fetched anew meanwhile.
 */
export class Picked<Row> {
  readonly #key: (row: Row) => string;
  readonly #row: (index: number) => Row | undefined;
  /** Where a range begins. */
  #anchor = 0;
  /** In the order of picking. */
  keys = $state.raw<ReadonlySet<string>>(new Set());

  constructor(key: (row: Row) => string, row: (index: number) => Row | undefined) {
    this.#key = key;
    this.#row = row;
  }

  readonly has = (row: Row): boolean => this.keys.has(this.#key(row));

  /** What a press on a row means; one without a modifier beside the box lets all go. */
  readonly press = (row: Row, index: number, event: MouseEvent): void => {
    const target = event.target as HTMLElement;
    const beside = target.closest("[data-column=pick]") !== null;
    if (event.shiftKey) this.#range(index);
    // The box says itself what it became, and a button means something else.
    else if (target instanceof HTMLInputElement || target.closest("button") !== null) return;
    else if (beside || event.ctrlKey || event.metaKey) this.set(row, index, !this.has(row));
    else {
      this.clear();
      this.#anchor = index;
    }
  };

  /** Takes the keys that pick; true if it was one. All can be picked where all are at hand, and `all` says how many. */
  key(event: KeyboardEvent, row: Row, index: number, all?: number): boolean {
    if (event.key === " ") this.set(row, index, !this.has(row));
    else if (event.key === "Escape" && this.keys.size > 0) this.clear();
    else if (all !== undefined && event.key === "a" && (event.ctrlKey || event.metaKey)) this.#between(0, all - 1);
    else return false;
    return true;
  }

  set(row: Row, index: number, wanted: boolean): void {
    const next = new Set(this.keys);
    if (wanted) next.add(this.#key(row));
    else next.delete(this.#key(row));
    this.keys = next;
    this.#anchor = index;
  }

  clear(): void {
    this.keys = new Set();
  }

  #range(index: number): void {
    this.#between(Math.min(this.#anchor, index), Math.max(this.#anchor, index));
  }

  #between(first: number, last: number): void {
    const next = new Set(this.keys);
    for (let i = first; i <= last; i += 1) {
      const row = this.#row(i);
      if (row !== undefined) next.add(this.#key(row));
    }
    this.keys = next;
  }
}
