import { describe, expect, it } from "vitest";

import { axisValue, timeLabel } from "./labels";

const noon = new Date(2026, 10, 20, 12, 5, 7, 250).getTime();

describe("labels", () => {
  it("show as much of a time as the step needs", () => {
    expect(timeLabel(noon, 100)).toBe("12:05:07.250");
    expect(timeLabel(noon, 5_000)).toBe("12:05:07");
    expect(timeLabel(noon, 300_000)).toBe("12:05");
    expect(timeLabel(noon, 86_400_000)).toBe("20 Nov");
    expect(timeLabel(new Date(2026, 10, 20).getTime(), 3_600_000)).toBe("20 Nov");
  });

  it("show as many digits as the step needs", () => {
    expect(axisValue(21, 2)).toBe("21");
    expect(axisValue(21.5, 0.5)).toBe("21.5");
    expect(axisValue(21.25, 0.25)).toBe("21.25");
    expect(axisValue(20_000_000, 5_000_000)).toBe("2.00e+7");
  });
});
