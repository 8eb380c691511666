import { describe, expect, it } from "vitest";

import { Trace } from "./trace";

/** A trace with a point each `every` ms from 0 on, whose value is its number. */
function regular(points: number, every = 1_000): Trace {
  const trace = new Trace();
  for (let i = 0; i < points; i += 1) trace.push(i * every, i);
  return trace;
}

const times = (trace: Trace) => [...trace.slice(0, trace.length)[0]];

describe("trace", () => {
  it("grows without losing a point", () => {
    const trace = regular(5_000);
    expect(trace.length).toBe(5_000);
    expect(trace.at(4_999)).toEqual({ t: 4_999_000, v: 4_999 });
    expect(trace.at(0)).toEqual({ t: 0, v: 0 });
  });

  it("puts a late point where its time belongs", () => {
    const trace = regular(3);
    trace.push(500, 9);
    expect(times(trace)).toEqual([0, 500, 1_000, 2_000]);
    expect(trace.lastValue).toBe(2);
  });

  it("keeps live points that are newer than the history that arrives", () => {
    const trace = new Trace();
    trace.push(900, 1);
    trace.push(2_000, 2);
    trace.replace([0, 500, 1_000], [7, 8, 9]);
    expect(times(trace)).toEqual([0, 500, 1_000, 2_000]);
  });

  it("keeps live points when there is no history", () => {
    const trace = regular(2);
    trace.replace([], []);
    expect(trace.length).toBe(2);
  });

  it("draws one neighbour on each side of a span", () => {
    const trace = regular(10);
    expect(trace.window(3_500, 5_500)).toEqual([3, 7]);
    expect(trace.window(-5, 100_000)).toEqual([0, 10]);
    expect(trace.count(3_500, 5_500)).toBe(2);
  });

  it("finds extent and nearest point, and leaves out what is no number", () => {
    const trace = regular(10);
    trace.push(10_000, Number.NaN);
    expect(trace.extent(2_500, 20_000)).toEqual([2, 9]);
    expect(new Trace().extent(0, 1)).toBeUndefined();
    expect(trace.nearest(4_400)).toBe(4);
    expect(trace.nearest(4_600)).toBe(5);
    expect(trace.nearest(-1)).toBe(0);
    expect(new Trace().nearest(0)).toBeUndefined();
  });

  it("calls a silence of many rhythms a gap, and joins what comes in rhythm", () => {
    const trace = regular(50, 1_000);
    expect(trace.gap(10)).toBe(6_000);
    expect(trace.gap(60_000)).toBe(240_000);
    expect(regular(3).gap(10)).toBe(Number.POSITIVE_INFINITY);
  });

  it("forgets what is older than asked", () => {
    const trace = regular(10);
    trace.trim(4_000);
    expect(times(trace)).toEqual([5_000, 6_000, 7_000, 8_000, 9_000]);
  });
});
