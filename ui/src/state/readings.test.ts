import { describe, expect, it } from "vitest";

import type { ReadingsEvent } from "../host";
import { numberOf, Readings, Ring, type Latest } from "./readings";

describe("a ring", () => {
  it("gives what is new since a reader looked, oldest first", () => {
    const ring = new Ring(8);
    ring.push(1, 10);
    ring.push(2, 20);
    const seen = ring.written;
    ring.push(3, 30);
    expect([...ring.since(seen).v]).toEqual([30]);
    expect([...ring.since(0).t]).toEqual([1, 2, 3]);
  });

  it("overwrites its oldest points and gives only what it holds", () => {
    const ring = new Ring(4);
    for (let i = 0; i < 10; i += 1) ring.push(i, i);
    expect(ring.length).toBe(4);
    expect([...ring.since(0).t]).toEqual([6, 7, 8, 9]);
  });
});

describe("readings", () => {
  it("reach a watcher once per frame, however many batches come", () => {
    const { readings, draw } = framed();
    let frames = 0;
    const { ring } = readings.watch("a", "/3303/0/5700", () => (frames += 1));
    readings.push(batch("a", "/3303/0/5700", [1, 2], [20, 21]));
    readings.push(batch("a", "/3303/0/5700", [3], [22]));
    readings.push(batch("a", "/3303/1/5700", [3], [99]));
    expect(frames).toBe(0);
    draw();
    expect(frames).toBe(1);
    expect([...ring.since(0).v]).toEqual([20, 21, 22]);
  });

  it("reach a device's watcher as the newest value of each path", () => {
    const { readings, draw } = framed();
    let seen = new Map<string, Latest>();
    readings.watchDevice("a", (changed) => (seen = changed));
    readings.push(batch("a", "/3/0/9", [1, 2], ["80", "79"]));
    readings.push(batch("b", "/3/0/9", [1], ["5"]));
    draw();
    expect([...seen.values()].map(({ path, value, at }) => [path, value, at])).toEqual([["/3/0/9", "79", 2]]);
  });

  it("are not kept for what nobody watches any more", () => {
    const { readings, draw } = framed();
    let frames = 0;
    const first = readings.watch("a", "/1", () => (frames += 1));
    first.end();
    readings.push(batch("a", "/1", [1], [1]));
    draw();
    expect(frames).toBe(0);
    expect(readings.watch("a", "/1", () => {}).ring.length).toBe(0);
  });
});

describe("the number to draw for a value", () => {
  it("comes from numbers, decimal strings and booleans, else there is none", () => {
    expect(["12", -3.5, true, "NaN", "", null].map(numberOf)).toEqual([12, -3.5, 1, Number.NaN, Number.NaN, Number.NaN]);
  });
});

function framed() {
  let waiting: (() => void)[] = [];
  const readings = new Readings((draw) => waiting.push(draw));
  const draw = () => {
    const now = waiting;
    waiting = [];
    for (const one of now) one();
  };
  return { readings, draw };
}

function batch(endpoint: string, path: string, t: number[], v: (number | string)[]): ReadingsEvent {
  return { endpoint, path, kind: "float", t, v, source: "notify", revision: 1 };
}
