import { describe, expect, it } from "vitest";

import { layout, noChanges, resized, toggled, viewFrom, visibleColumns, type Column } from "./columns";
import { age, ago, bytes, countdown, duration, plural, timeOfDay } from "./format";

describe("times as text", () => {
  it("are short ages", () => {
    expect([800, 42_000, 660_000, 7_200_000, 200_000_000].map(age)).toEqual(["0.8 s", "42 s", "11 min", "2 h", "2 d"]);
    expect([300, 1_900, 4_000, 12_000].map(ago)).toEqual(["now", "1 s", "4 s", "12 s"]);
  });

  it("count down, and say when they are past", () => {
    expect([287_000, 3_729_000, 183_600_000, -1].map(countdown)).toEqual(["04:47", "1:02:09", "2 d 03:00", "overdue"]);
  });

  it("last from milliseconds to minutes", () => {
    expect([3, 1_240, 125_000].map(duration)).toEqual(["3 ms", "1.24 s", "2 min 05 s"]);
  });

  it("are precise to the millisecond", () => {
    expect(timeOfDay(new Date(2026, 10, 20, 9, 42, 17, 35).getTime())).toBe("09:42:17.035");
  });
});

describe("sizes and counts as text", () => {
  it("have the unit that keeps them short", () => {
    expect([640, 41_700, 38_000_000, 380_000_000].map(bytes)).toEqual(["640 B", "41.7 kB", "38.0 MB", "380 MB"]);
    expect([plural(1, "device"), plural(12_000, "device")]).toEqual(["1 device", "12,000 devices"]);
  });
});

describe("columns", () => {
  const columns: Column[] = [
    { id: "a", title: "A", width: 100, fixed: true },
    { id: "b", title: "B", width: 50, grow: 1 },
    { id: "c", title: "C", width: 70, hidden: true },
  ];

  it("are shown, hidden and measured as a person chose", () => {
    const view = resized(toggled(toggled(noChanges, columns[2]!), columns[1]!), columns[0]!, 10);
    expect(visibleColumns(columns, view).map(({ id }) => id)).toEqual(["a", "c"]);
    expect(layout(visibleColumns(columns, view), view)).toEqual({ template: "36px 70px minmax(0, 1fr)", width: 106 });
    expect(layout(visibleColumns(columns, noChanges), noChanges)).toEqual({ template: "100px minmax(50px, 1fr)", width: 150 });
  });

  it("that were kept are read with care", () => {
    expect(viewFrom({ widths: { a: 80, b: "x" }, shown: { c: true, d: 1 } })).toEqual({ widths: { a: 80 }, shown: { c: true } });
    expect([viewFrom(null), viewFrom([1]), viewFrom("x")]).toEqual([noChanges, noChanges, noChanges]);
  });
});
