import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { fakeHost } from "../../tests/fake-host";
import { HostError, type ConsoleRunRequest } from "../host";
import { Session } from "./session.svelte";
import { Console } from "./workspace-console.svelte";

const candidates = [
  { text: "/3/0/9", kind: "path", label: "Battery Level", detail: "Device, %" },
  { text: "/3/0/13", kind: "path", label: "Current Time" },
] as const;

function setUp(run: (request: ConsoleRunRequest) => Promise<never> | { output?: string[]; operation?: string }) {
  const host = fakeHost({
    console_run: run,
    console_complete: () => ({ from: 5, candidates: [...candidates], expected: "a path" }),
    console_history: () => ({ lines: [{ line: "read /3", at: "2026-11-20T09:00:00.000Z" }] }),
  });
  return { host, console: new Console(new Session(host), "meter") };
}

describe("a device's console", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it("sends a line as it was typed and keeps what came of it", async () => {
    const { host, console } = setUp(() => ({ output: ["read PATH [FORMAT]"] }));
    console.line = "  help ";
    await console.run();
    expect(host.asked.at(-1)).toMatchObject({ name: "console_run", request: { endpoint: "meter", line: "help" } });
    expect(console.line).toBe("");
    expect(console.entries).toMatchObject([{ line: "help", output: ["read PATH [FORMAT]"], running: false }]);
  });

  it("leaves a refusal at its line, with the column that it is about", async () => {
    const refusal = new HostError("invalid_request", "Column 6: a path is expected.", { column: 6 });
    const { console } = setUp(() => Promise.reject(refusal));
    await console.run("read x");
    expect(console.entries).toMatchObject([{ problem: "Column 6: a path is expected.", column: 6, running: false }]);
  });

  it("puts the candidate that was chosen where it belongs", async () => {
    const { console } = setUp(() => ({}));
    console.line = "read bat";
    console.typed(8);
    await vi.advanceTimersByTimeAsync(100);
    expect([console.candidates.length, console.expected]).toEqual([2, "a path"]);
    console.move(-1);
    expect(console.chosen).toBe(1);
    console.move(1);
    expect(console.take(console.candidates[console.chosen], 8)).toBe(11);
    expect([console.line, console.candidates]).toEqual(["read /3/0/9", []]);
  });

  it("brings back lines of before and the one that was being typed", async () => {
    const { console } = setUp(() => ({}));
    await console.restore();
    await console.run("discover /3");
    console.line = "wri";
    console.recall(-1);
    expect(console.line).toBe("discover /3");
    console.recall(-1);
    console.recall(-1);
    expect(console.line).toBe("read /3");
    console.recall(1);
    console.recall(1);
    expect(console.line).toBe("wri");
  });
});
