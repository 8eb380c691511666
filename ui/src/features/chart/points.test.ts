import { expect, it } from "vitest";

import { pointRows } from "./points";
import { Trace } from "./trace";

function traceOf(...points: [t: number, v: number][]): { trace: Trace } {
  const trace = new Trace();
  for (const [t, v] of points) trace.push(t, v);
  return { trace };
}

it("joins the points of curves by time, newest first, within the stretch", () => {
  const rows = pointRows([traceOf([1, 10], [2, 20], [9, 90]), traceOf([2, 0.5], [3, 0.7])], 2, 5);
  expect(rows).toEqual([
    { t: 3, v: [undefined, 0.7] },
    { t: 2, v: [20, 0.5] },
  ]);
});
