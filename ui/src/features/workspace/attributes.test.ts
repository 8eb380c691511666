import { describe, expect, it } from "vitest";

import { changes, textsOf } from "./attributes";

describe("notification attributes", () => {
  it("are read from what is known of a row", () => {
    expect(textsOf(["pmin=5", "st=0.2", "dim"])).toEqual({ pmin: "5", st: "0.2" });
  });

  it("are written only where they differ, and unset where they were emptied", () => {
    const before = { pmin: "5", pmax: "60", st: "0.2" };
    expect(changes(before, { pmin: "5", pmax: "", st: "0,5", gt: "30" })).toEqual({
      changes: { pmax: null, gt: 30, st: 0.5 },
      problem: undefined,
    });
  });

  it("are refused with a sentence when they are no numbers", () => {
    expect(changes({}, { pmin: "soon" }).problem).toContain("pmin");
  });
});
