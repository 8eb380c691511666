/** The points of several curves as rows of one table, joined by time. */
import type { Line } from "./feed";

export interface PointRow {
  /** Milliseconds since 1970. */
  t: number;
  /** One place for each curve; absent where it has no point at this time. */
  v: (number | undefined)[];
}

/** Rows that a table takes at most; the chart itself shows the rest. */
const ROWS = 20_000;

/** The points of a stretch, newest first. */
export function pointRows(lines: readonly Pick<Line, "trace">[], from: number, to: number): PointRow[] {
  const rows = new Map<number, PointRow>();
  lines.forEach(({ trace }, i) => {
    const [t, v] = trace.slice(trace.upTo(from - 1), trace.upTo(to));
    for (let at = Math.max(0, t.length - ROWS); at < t.length; at += 1) {
      const time = t[at] ?? 0;
      const row = rows.get(time) ?? { t: time, v: Array.from({ length: lines.length }, () => undefined) };
      row.v[i] = v[at];
      rows.set(time, row);
    }
  });
  return [...rows.values()].sort((a, b) => b.t - a.t).slice(0, ROWS);
}
