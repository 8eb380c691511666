import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { fakeHost } from "../../tests/fake-host";
import type { JsonValue } from "../host";
import { Desk, type DockPort, type Series } from "./desk.svelte";
import { Views } from "./views";

describe("the desk", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it("keeps area, slots and selection over a restart", async () => {
    const kept = new Map<string, JsonValue>();
    const before = desk(kept);
    await before.restore();
    before.area = "models";
    before.slots.list = 333;
    before.select({ endpoint: "a", path: "/3/0/9" });
    before.keep();
    await vi.advanceTimersByTimeAsync(1_000);
    const after = desk(kept);
    await after.restore();
    expect(after.area).toBe("models");
    expect(after.slots.list).toBe(333);
    expect(after.selection).toEqual({ endpoint: "a", path: "/3/0/9" });
  });

  it("reads what was kept with care", async () => {
    const odd = desk(new Map<string, JsonValue>([["desk", { area: "moon", slots: { list: -5 }, selection: { endpoint: 3 } }]]));
    await odd.restore();
    expect(odd.area).toBe("devices");
    expect(odd.slots.list).toBeGreaterThanOrEqual(200);
    expect(odd.selection).toBeUndefined();
  });

  it("keeps nothing before it has read what was there", async () => {
    const kept = new Map<string, JsonValue>([["desk", { area: "models" }]]);
    desk(kept).keep();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(kept.get("desk")).toEqual({ area: "models" });
  });

  it("holds a wish until the dock is there", () => {
    const one = desk();
    one.openDevice("a", true);
    const { port, said } = recorder();
    one.attach(port);
    expect(one.table).toBe(false);
    expect(said).toEqual(["device a true"]);
  });

  it("opens a chart under a free name and adds to one that is open", () => {
    const one = desk();
    const { port, said } = recorder();
    one.attach(port);
    const inlet = { endpoint: "a", path: "/3303/0/5700" };
    const outlet = { endpoint: "a", path: "/3303/1/5700" };
    one.charts = [{ id: "chart:1", series: [inlet] }];
    one.openChart([inlet, outlet], { chart: "chart:1" });
    one.openChart([outlet], { span: "30 min" });
    expect(said).toEqual(["chart chart:1 /3303/0/5700 /3303/1/5700 any span", "chart chart:2 /3303/1/5700 30 min"]);
  });
});

function desk(kept = new Map<string, JsonValue>()): Desk {
  const host = fakeHost({
    view_get: ({ key }) => ({ value: kept.get(key) ?? null }),
    view_put: ({ key, value }) => (kept.set(key, value), {}),
  });
  return new Desk(new Views(host));
}

function recorder() {
  const said: string[] = [];
  const port: DockPort = {
    openDevice: (endpoint, pin) => said.push(`device ${endpoint} ${pin}`),
    openChart: (id: string, series: Series[], span) =>
      said.push(["chart", id, ...series.map(({ path }) => path), span ?? "any span"].join(" ")),
    closeDevice: (endpoint) => said.push(`close ${endpoint}`),
    closeActive: () => said.push("close"),
    step: (by) => said.push(`step ${by}`),
  };
  return { port, said };
}
