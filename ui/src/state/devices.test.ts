import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { fakeHost, settled } from "../../tests/fake-host";
import type { Device, DeviceListRequest } from "../host";
import { Devices, PAGE_ROWS } from "./devices.svelte";

describe("the window onto the device list", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it("fetches only the pages in view", async () => {
    const { devices, asked } = fleet(100_000);
    await devices.reload();
    devices.show(50_010, 50_050);
    await settled();
    expect(asked.map(({ offset }) => offset)).toEqual([0, 50_000]);
    expect(devices.total).toBe(100_000);
    expect(devices.row(50_020)?.endpoint).toBe("d50020");
    expect(devices.row(30_000)).toBeUndefined();
  });

  it("holds a bounded number of pages however far one scrolls", async () => {
    const { devices } = fleet(100_000);
    await devices.reload();
    for (let at = 0; at < 60; at += 1) {
      devices.show(at * PAGE_ROWS, at * PAGE_ROWS + 30);
      await settled();
    }
    const held = Array.from({ length: 60 }, (_, page) => devices.row(page * PAGE_ROWS)).filter(Boolean);
    expect(held.length).toBeLessThanOrEqual(12);
    expect(devices.row(59 * PAGE_ROWS)).toBeDefined();
  });

  it("asks once for typing and sends the filter to the program", async () => {
    const { devices, asked } = fleet(10);
    devices.setFilter("m");
    devices.setFilter("me");
    devices.setFilter("met ");
    await vi.advanceTimersByTimeAsync(200);
    expect(asked.map(({ filter }) => filter)).toEqual(["met"]);
  });

  it("drops the answer to an older filter that comes late", async () => {
    const late: ((value: unknown) => void)[] = [];
    const host = fakeHost({
      device_list: ({ filter }) =>
        new Promise((resolve) => late.push(() => resolve({ devices: [device(filter ?? "")], total: 1, online: 1 }))),
    });
    const devices = new Devices(host);
    devices.filter = "old";
    const first = devices.reload();
    devices.filter = "new";
    const second = devices.reload();
    late[1]?.(0);
    late[0]?.(0);
    await Promise.all([first, second]);
    expect(devices.row(0)?.endpoint).toBe("new");
  });

  it("patches a row in place and keeps the online count right", async () => {
    const { devices, asked } = fleet(3);
    await devices.reload();
    devices.apply({ endpoint: "d1", device: { ...device("d1"), online: false, alias: "x" } });
    await vi.advanceTimersByTimeAsync(50);
    expect(devices.row(1)).toMatchObject({ alias: "x", online: false });
    expect(devices.online).toBe(2);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(asked).toHaveLength(1);
  });

  it("fetches anew when an unknown device appears or a known one is forgotten", async () => {
    const { devices, asked } = fleet(3);
    await devices.reload();
    devices.apply({ endpoint: "new", device: device("new") });
    devices.apply({ endpoint: "newer", device: device("newer") });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked).toHaveLength(2);
    devices.apply({ endpoint: "d1" });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked).toHaveLength(3);
  });

  it("leaves a large list alone when devices outside the view change", async () => {
    const { devices, asked } = fleet(100_000);
    await devices.reload();
    devices.apply({ endpoint: "d70000", device: device("d70000") });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(asked).toHaveLength(1);
  });

  it("fetches anew when the number of devices changes", async () => {
    const { devices, asked } = fleet(100_000);
    await devices.reload();
    devices.noteCount(100_000, 10);
    devices.noteCount(100_000, 10);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(asked).toHaveLength(1);
    devices.noteCount(100_001, 11);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(asked).toHaveLength(2);
  });

  it("waits for a slow answer however often the number of devices changes meanwhile", async () => {
    const { devices, host, asked } = fleet(3);
    const quick = host.answers.device_list;
    if (!quick) throw new Error("a fleet lists its devices");
    host.answers.device_list = async (request) => {
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      return quick(request);
    };
    void devices.resync();
    for (let online = 1; online <= 8; online += 1) {
      devices.noteCount(3, online);
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(devices.row(0)?.endpoint).toBe("d0");
    await vi.advanceTimersByTimeAsync(10_000);
    expect(asked.length).toBeLessThanOrEqual(4);
  });

  it("says why the list cannot be had and keeps the rows it has", async () => {
    const { devices, host } = fleet(3);
    await devices.reload();
    host.answers.device_list = () => Promise.reject(new Error("The program does not answer."));
    await devices.reload();
    expect(devices.load).toEqual({ is: "failed", reason: "The program does not answer." });
    expect(devices.row(2)?.endpoint).toBe("d2");
  });

  it("follows one device wherever the list is", async () => {
    const { devices, host } = fleet(3);
    host.answers.device_get = ({ endpoint }) => device(endpoint);
    const seen: (Device | undefined)[] = [];
    const end = devices.follow("far", (now) => seen.push(now));
    await settled();
    devices.apply({ endpoint: "far", device: { ...device("far"), alias: "a" } });
    devices.apply({ endpoint: "far", device: { ...device("far"), alias: "b" } });
    await vi.advanceTimersByTimeAsync(50);
    devices.apply({ endpoint: "far" });
    await vi.advanceTimersByTimeAsync(50);
    end();
    devices.apply({ endpoint: "far", device: device("far") });
    await vi.advanceTimersByTimeAsync(50);
    expect(seen.map((one) => one?.alias ?? one?.endpoint)).toEqual(["far", "b", undefined]);
  });
});

function fleet(total: number) {
  const asked: DeviceListRequest[] = [];
  const host = fakeHost({
    device_list: (request) => {
      asked.push(request);
      const { offset = 0, limit = 1_000 } = request;
      const count = Math.max(0, Math.min(limit, total - offset));
      return { devices: Array.from({ length: count }, (_, i) => device(`d${offset + i}`)), total, online: total };
    },
  });
  return { devices: new Devices(host), asked, host };
}

function device(endpoint: string): Device {
  return {
    endpoint,
    tags: [],
    online: true,
    sleeping: false,
    queued: 0,
    lwm2m_version: "1.1",
    lifetime_s: 300,
    binding: "U",
    queue_mode: false,
    address: "127.0.0.1:49152",
    security: "nosec",
    fell_back: false,
    last_seen_at: "2026-11-20T09:00:00.000Z",
    objects: [],
    simulated: false,
    deviations: [],
  };
}
