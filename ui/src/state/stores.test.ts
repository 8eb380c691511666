import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { fakeHost, settled } from "../../tests/fake-host";
import { HostError, type Problem, type Status } from "../host";
import { Listeners, socketAddress } from "./listeners.svelte";
import { Models } from "./models.svelte";
import { Problems } from "./problems.svelte";
import { Session } from "./session.svelte";
import { SettingsState } from "./settings.svelte";
import { Views } from "./views";

describe("problems", () => {
  it("that repeat move to the top with their new count, and only new ones count as unseen", () => {
    const problems = new Problems(fakeHost());
    problems.apply(problem("malformed_message", 1));
    problems.apply(problem("port_in_use", 1));
    problems.apply(problem("malformed_message", 9));
    expect(problems.list.map(({ kind, count }) => [kind, count])).toEqual([
      ["malformed_message", 9],
      ["port_in_use", 1],
    ]);
    expect(problems.unseen).toBe(2);
  });
});

describe("views", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it("travel once after a quiet moment, and at once when flushed", async () => {
    const host = fakeHost({ view_put: () => ({}) });
    const views = new Views(host);
    views.save("k", 1);
    views.save("k", 2);
    expect(await views.load("k")).toBe(2);
    await vi.advanceTimersByTimeAsync(1_000);
    views.save("k", 3);
    views.flush();
    expect(host.asked.map(({ request }) => request)).toEqual([
      { key: "k", value: 2 },
      { key: "k", value: 3 },
    ]);
  });
});

describe("settings", () => {
  it("decide the colours and remember them for the next first paint", async () => {
    const settings = new SettingsState(fakeHost({ settings_put: ({ theme }) => ({ ...basic, theme: theme ?? "system" }) }));
    await settings.put({ theme: "light" });
    expect(settings.colours).toBe("light");
    expect(localStorage.getItem("theme")).toBe("light");
  });
});

describe("the call of an explanation", () => {
  it("goes through the store that shows what it changes", async () => {
    const host = fakeHost({
      settings_put: ({ strict }) => ({ ...basic, strict: strict ?? true }),
      settings_get: () => ({ ...basic, theme: "light" }),
      listener_open: () => Promise.reject(new HostError("conflict", "Port 5684 is in use.")),
      interface_list: () => ({ interfaces: [] }),
    });
    const session = new Session(host);
    await session.perform({ label: "Accept it", call: "settings_put", request: { strict: true } });
    expect(session.settings.current?.strict).toBe(true);
    const opening = session.perform({ label: "Open", call: "listener_open", request: { address: "127.0.0.1:5684" } });
    await expect(opening).rejects.toThrow("in use");
    // Who made the call shows the refusal; the settings are read anew.
    expect(session.listeners.refusal).toBeUndefined();
    expect(session.settings.current?.theme).toBe("light");
  });
});

describe("listeners", () => {
  it("that cannot be opened say why and offer a free address", async () => {
    const refusal = new HostError("conflict", "Port 5683 is in use.", { suggestion: "127.0.0.1:5685" });
    const host = fakeHost({
      listener_open: () => Promise.reject(refusal),
      interface_list: () => ({ interfaces: [] }),
    });
    const listeners = new Listeners(host, async () => {});
    await listeners.open({ address: "127.0.0.1:5683" });
    expect(listeners.refusal).toMatchObject({ reason: "Port 5683 is in use.", suggestion: "127.0.0.1:5685" });
    expect(listeners.busy).toBeUndefined();
  });

  it("have addresses with brackets around IPv6", () => {
    expect([socketAddress("10.0.0.1", 5683), socketAddress("fe80::1", "1")]).toEqual(["10.0.0.1:5683", "[fe80::1]:1"]);
  });
});

describe("an import", () => {
  it("goes on after a bad file and reports all", async () => {
    const host = fakeHost({
      model_import: ({ name }) => {
        if (name === "bad.xml") throw new HostError("invalid_value", "Not XML.");
        return { objects: [{ object: 9, version: "1.0", name: "x" }], problems: [{ file: name, line: 4, message: "odd" }] };
      },
      model_list: () => ({ objects: [] }),
    });
    const models = new Models(host);
    await models.import([
      { name: "bad.xml", content: "" },
      { name: "good.xml", content: "" },
    ]);
    expect(models.result?.objects).toHaveLength(1);
    expect(models.result?.problems.map(({ file, line }) => `${file}:${line}`)).toEqual(["bad.xml:1", "good.xml:4"]);
    expect(models.importing).toBeUndefined();
  });
});

describe("a session", () => {
  it("fetches everything when the stream is live and again after a gap", async () => {
    const host = fakeHost({});
    const session = new Session(host);
    const end = session.start();
    host.emit({ event: "live" });
    await settled();
    expect(session.status.link).toEqual({ is: "live" });
    expect(host.asked.filter(({ name }) => name === "operation_list")).toHaveLength(1);
    host.emit({ event: "lost", reason: "gone" });
    expect(session.status.link).toEqual({ is: "lost", reason: "gone" });
    host.emit({ event: "resync", revision: 5, data: { revision: 5 } });
    await settled();
    expect(host.asked.filter(({ name }) => name === "operation_list")).toHaveLength(2);
    expect(session.epoch).toBe(2);
    end();
  });

  it("asks what closing the window means", () => {
    const host = fakeHost({});
    const session = new Session(host);
    const end = session.start();
    host.emit({ event: "close_requested" });
    expect(session.closeRequested).toBe(true);
    end();
  });

  it("closes without a question while no device is registered", async () => {
    const host = fakeHost({ status_get: () => ({ online: 0 }) as Status });
    const answers: unknown[] = [];
    host.close = async (answer) => void answers.push(answer);
    const session = new Session(host);
    const end = session.start();
    await session.reload();
    host.emit({ event: "close_requested" });
    await settled();
    expect(session.closeRequested).toBe(false);
    expect(answers).toEqual([{ keep: false, remember: false }]);
    end();
  });
});

const basic = {
  theme: "system" as const,
  on_close: "ask" as const,
  retention_days: 0,
  retention_mib: 0,
  listeners: {},
  strict: false,
  grace_s: 0,
  blocked: [],
  log_dir: "",
  dtls_cid_bytes: 8,
  dtls_mtu: 1024,
  dtls_first_timeout_ms: 1000,
};

function problem(kind: string, count: number): Problem {
  return { time: "2026-11-20T09:00:00.000Z", listener: "coap", peer: "p", kind, message: "m", count };
}
