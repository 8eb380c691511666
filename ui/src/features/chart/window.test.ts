import { describe, expect, it } from "vitest";

import { TimeWindow } from "./window";

const NOW = 1_000_000;

describe("time window", () => {
  it("follows the present over its span", () => {
    const window = new TimeWindow(60_000);
    expect(window.at(NOW)).toEqual({ from: NOW - 60_000, to: NOW + 600 });
    expect(window.at(NOW + 5_000).from).toBe(NOW - 55_000);
    expect(window.follows).toBe(true);
  });

  it("stands still while frozen and catches up afterwards", () => {
    const window = new TimeWindow(60_000);
    window.freeze(true, NOW);
    expect(window.at(NOW + 90_000).from).toBe(NOW - 60_000);
    expect(window.follows).toBe(false);
    window.freeze(false, NOW + 90_000);
    expect(window.at(NOW + 90_000).from).toBe(NOW + 30_000);
  });

  it("zooms around a time that stays in place", () => {
    const window = new TimeWindow(60_000);
    const before = window.at(NOW);
    const around = before.from + (before.to - before.from) * 0.25;
    window.zoom(0.5, around, NOW);
    const { from, to } = window.at(NOW + 70_000);
    expect(to - from).toBeCloseTo((before.to - before.from) / 2);
    expect((around - from) / (to - from)).toBeCloseTo(0.25);
    expect(window.zoomed).toBe(true);
    window.reset();
    expect(window.follows).toBe(true);
  });

  it("never zooms below what a pixel can show", () => {
    const window = new TimeWindow(60_000);
    for (let i = 0; i < 100; i += 1) window.zoom(0.5, NOW, NOW);
    const { from, to } = window.at(NOW);
    expect(to - from).toBeCloseTo(20, 3);
  });

  it("begins the span of all with the first value", () => {
    const window = new TimeWindow(Number.POSITIVE_INFINITY);
    window.first = NOW - 500_000;
    expect(window.at(NOW).from).toBe(NOW - 500_000);
  });
});
