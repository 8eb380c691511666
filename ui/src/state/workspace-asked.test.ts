import { describe, expect, it } from "vitest";

import { HostError, type Host, type Operation } from "../host";
import { Operations } from "./operations.svelte";
import { Asked, progressOf } from "./workspace-asked.svelte";

const base: Operation = {
  operation: "1",
  endpoint: "meter",
  name: "resource_read",
  path: "/3",
  priority: "normal",
  state: "sent",
  started_at: "2026-11-20T09:00:00.000Z",
};

/** A program that never answers by itself: operations end by events. */
const silent = { call: () => new Promise(() => {}) } as unknown as Host;

function setUp(): { asked: Asked; operations: Operations; event: (operation: Partial<Operation>) => void } {
  const operations = new Operations(silent);
  const asked = new Asked(operations, "meter");
  const event = (change: Partial<Operation>) => {
    const operation = { ...base, ...change };
    operations.apply(operation);
    asked.take(operation);
  };
  return { asked, operations, event };
}

const started = () => Promise.resolve({ operation: "1" });
const turn = () => new Promise((resolve) => setTimeout(resolve));

describe("what was asked of a device", () => {
  it("runs until it ends, with its progress in words", async () => {
    const { asked, event } = setUp();
    const done = asked.run("/3", "resource_read", started);
    expect(asked.running.get("/3")?.verb).toBe("reading");
    await turn();
    event({ progress: "block 3 of 12" });
    expect(progressOf(asked.running.get("/3")!)).toBe("reading: block 3 of 12");
    event({ state: "ended", outcome: "success", code: "2.05" });
    expect(await done).toMatchObject({ outcome: "success" });
    expect(asked.running.size).toBe(0);
    expect(asked.failures.size).toBe(0);
  });

  it("leaves a failure at its row with the reason and the way to try again", async () => {
    const { asked, event } = setUp();
    const done = asked.run("/3", "resource_read", started);
    await turn();
    event({ state: "ended", outcome: "timed_out", detail: "No answer in 93 s." });
    expect(await done).toBeUndefined();
    expect(asked.failures.get("/3")?.sentence).toBe("No answer in 93 s.");
    asked.failures.get("/3")?.retry();
    expect(asked.failures.has("/3")).toBe(false);
    expect(asked.running.has("/3")).toBe(true);
  });

  it("leaves a refusal of the call itself in the same place", async () => {
    const { asked } = setUp();
    const refuse = () => Promise.reject(new HostError("invalid_value", "A number is expected."));
    expect(await asked.run("/3/0/9", "resource_write", refuse)).toBeUndefined();
    expect(asked.failures.get("/3/0/9")?.sentence).toBe("A number is expected.");
    expect(asked.running.size).toBe(0);
  });

  it("shows what others started, but not their failures, and nothing of other devices", () => {
    const { asked, event } = setUp();
    event({ operation: "9", path: "/4", state: "queued" });
    expect(progressOf(asked.running.get("/4")!)).toBe("reading: waits in the queue");
    event({ operation: "8", endpoint: "other", path: "/5" });
    expect(asked.running.has("/5")).toBe(false);
    event({ operation: "9", path: "/4", state: "ended", outcome: "refused", code: "4.05" });
    expect(asked.running.size + asked.failures.size).toBe(0);
  });
});
