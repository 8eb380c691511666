import { describe, expect, it, vi } from "vitest";

import type { Host, JsonValue } from "../host";
import { Views } from "./views";
import { Charts, ChartView, SERIES_LIMIT } from "./workspace-charts.svelte";

const series = (path: string) => ({ endpoint: "meter", path });

function charts(kept = new Map<string, JsonValue>()): Charts {
  const call = (name: string, request: { key: string; value: JsonValue }) => {
    if (name === "view_put") kept.set(request.key, request.value);
    return Promise.resolve({ value: kept.get(request.key) ?? null });
  };
  return new Charts(new Views({ call } as unknown as Host), "k");
}

describe("charts of a device", () => {
  it("show a resource once, in the chart that has it", () => {
    const all = charts();
    const first = all.show(series("/3303/0/5700"));
    expect(all.show(series("/3303/0/5700"))).toBe(first);
    expect(all.add(series("/3303/1/5700"))).toBe(first);
    expect(all.show(series("/4/0/2"))).not.toBe(first);
    expect(all.list).toHaveLength(2);
    expect(all.docked).toBe(all.list[1]?.id);
  });

  it("come back after a restart with their span and place", async () => {
    vi.useFakeTimers();
    const kept = new Map<string, JsonValue>();
    const before = charts(kept);
    before.show(series("/3303/0/5700")).span = "6 h";
    before.add(series("/3303/1/5700"));
    await vi.runAllTimersAsync();
    vi.useRealTimers();
    const after = charts(kept);
    await after.restore();
    expect(after.list[0]).toMatchObject({ span: "6 h" });
    expect(after.list[0]?.series.map(({ path }) => path)).toEqual(["/3303/0/5700", "/3303/1/5700"]);
    expect(after.docked).toBe(after.list[0]?.id);
  });

  it("keep the colour of a curve while others come and go", () => {
    const chart = new ChartView("1", [series("a"), series("b"), series("c")]);
    expect(chart.series.map((one) => chart.colourOf(one))).toEqual(["--s1", "--s2", "--s3"]);
    chart.remove(series("a"));
    expect(chart.colourOf(series("b"))).toBe("--s2");
    chart.add(series("d"));
    expect(chart.colourOf(series("d"))).toBe("--s1");
  });

  it("take no more resources than a chart can ask for", () => {
    const chart = new ChartView("1", Array.from({ length: SERIES_LIMIT }, (_, i) => series(String(i))));
    expect(chart.add(series("0"))).toBe(true);
    expect(chart.add(series("one more"))).toBe(false);
  });
});
