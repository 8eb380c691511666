import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { HostError } from "./error";
import type { HostEvent, StreamNotice } from "./host";
import { httpHost, takeToken, type Browser } from "./http";

describe("the token", () => {
  beforeEach(() => sessionStorage.clear());

  it("is taken out of the fragment, kept for the tab and removed from the address", () => {
    const replaced: string[] = [];
    const history = { replaceState: (_: unknown, __: string, url: string) => replaced.push(url) };
    const at = { hash: "#token=abc&x=1", pathname: "/", search: "" };
    expect(takeToken(at as Location, history as unknown as History, sessionStorage)).toBe("abc");
    expect(replaced).toEqual(["/#x=1"]);
    expect(takeToken({ ...at, hash: "" } as Location, history as unknown as History, sessionStorage)).toBe("abc");
  });
});

describe("a call", () => {
  it("goes to its path with the token and answers with the body", async () => {
    const { host, requests } = door({ body: { total: 3 } });
    expect(await host.call("device_list", { limit: 1 })).toEqual({ total: 3 });
    expect(requests[0]?.url).toBe("/rpc/device_list");
    expect(requests[0]?.init.body).toBe('{"limit":1}');
    expect(requests[0]?.init.headers).toMatchObject({ Authorization: "Bearer secret" });
  });

  it("that is refused throws the program's own code, sentence and data", async () => {
    const body = { code: "conflict", message: "Port 5683 is in use.", details: { suggestion: "127.0.0.1:5685" } };
    const { host } = door({ status: 409, body });
    const error = await host.call("listener_open", { address: "127.0.0.1:5683" }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(HostError);
    expect(error).toMatchObject(body);
  });

  it("that reaches nobody says so", async () => {
    const { host } = door({ body: {} });
    const broken = httpHost({ ...realless(), fetch: () => Promise.reject(new TypeError("network")) });
    await expect(broken.call("status_get", {})).rejects.toMatchObject({ code: "disconnected" });
    await expect(host.call("status_get", {})).resolves.toEqual({});
  });
});

describe("the stream", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it("opens with a ticket and hands on events with their revision", async () => {
    const { host, streams } = door({ body: { ticket: "t1" } });
    const heard: (HostEvent | StreamNotice)[] = [];
    host.subscribe((message) => heard.push(message), 7);
    await vi.advanceTimersByTimeAsync(0);
    expect(streams[0]?.url).toBe("/events?ticket=t1&after=7");
    streams[0]?.open();
    streams[0]?.send("device", 8, { endpoint: "a" });
    expect(heard).toEqual([{ event: "live" }, { event: "device", revision: 8, data: { endpoint: "a" } }]);
  });

  it("that breaks is opened again with a fresh ticket after the last revision", async () => {
    const { host, streams, requests } = door({ body: { ticket: "t" } });
    const heard: string[] = [];
    host.subscribe((message) => heard.push(message.event));
    await vi.advanceTimersByTimeAsync(0);
    streams[0]?.open();
    streams[0]?.send("status", 41, {});
    streams[0]?.fail();
    await vi.advanceTimersByTimeAsync(300);
    expect(requests.filter(({ url }) => url === "/rpc/events_ticket")).toHaveLength(2);
    expect(streams[1]?.url).toBe("/events?ticket=t&after=41");
    expect(streams[0]?.closed).toBe(true);
    expect(heard).toEqual(["live", "status", "lost"]);
  });

  it("waits longer with each failure and starts small again once it was open", async () => {
    const { host, streams } = door({ body: { ticket: "t" } });
    host.subscribe(() => {});
    await vi.advanceTimersByTimeAsync(0);
    streams[0]?.fail();
    await vi.advanceTimersByTimeAsync(250);
    streams[1]?.fail();
    await vi.advanceTimersByTimeAsync(250);
    expect(streams).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(250);
    expect(streams).toHaveLength(3);
    streams[2]?.open();
    streams[2]?.fail();
    await vi.advanceTimersByTimeAsync(250);
    expect(streams).toHaveLength(4);
  });

  it("that was ended stays closed", async () => {
    const { host, streams } = door({ body: { ticket: "t" } });
    const end = host.subscribe(() => {});
    await vi.advanceTimersByTimeAsync(0);
    end();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(streams).toHaveLength(1);
    expect(streams[0]?.closed).toBe(true);
  });
});

class FakeStream extends EventTarget {
  closed = false;
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  constructor(readonly url: string) {
    super();
  }
  close() {
    this.closed = true;
  }
  open() {
    this.onopen?.();
  }
  fail() {
    this.onerror?.();
  }
  send(event: string, revision: number, data: unknown) {
    this.dispatchEvent(new MessageEvent(event, { data: JSON.stringify(data), lastEventId: String(revision) }));
  }
}

function realless(): Browser {
  return { fetch: () => Promise.reject(new Error("unused")), openStream: () => null as never, token: "secret" };
}

function door({ status = 200, body }: { status?: number; body: unknown }) {
  const requests: { url: string; init: RequestInit }[] = [];
  const streams: FakeStream[] = [];
  const host = httpHost({
    token: "secret",
    fetch: async (url, init) => {
      requests.push({ url, init });
      return new Response(JSON.stringify(body), { status });
    },
    openStream: (url) => {
      const stream = new FakeStream(url);
      streams.push(stream);
      return stream as unknown as EventSource;
    },
  });
  return { host, requests, streams };
}
