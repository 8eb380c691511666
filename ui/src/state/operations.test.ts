import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { fakeHost, settled } from "../../tests/fake-host";
import { HostError, type Operation } from "../host";
import { LOOK_MS, Operations, OPERATIONS_KEPT } from "./operations.svelte";

describe("operations", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it("are listed newest first and replaced in place as they go on", async () => {
    const operations = new Operations(fakeHost({ operation_list: () => ({ operations: [row("a", "ended")] }) }));
    await operations.reload();
    operations.apply(row("b", "queued"));
    operations.apply(row("b", "sent"));
    vi.advanceTimersByTime(50);
    expect(operations.list.map(({ operation, state }) => [operation, state])).toEqual([
      ["b", "sent"],
      ["a", "ended"],
    ]);
    expect(operations.open.map(({ operation }) => operation)).toEqual(["b"]);
  });

  it("are bounded in number", () => {
    const operations = new Operations(fakeHost());
    for (let i = 0; i < OPERATIONS_KEPT + 50; i += 1) operations.apply(row(`o${i}`, "ended"));
    vi.advanceTimersByTime(50);
    expect(operations.list).toHaveLength(OPERATIONS_KEPT);
    expect(operations.list[0]?.operation).toBe(`o${OPERATIONS_KEPT + 49}`);
  });

  it("end for whoever waits when their event comes", async () => {
    const host = fakeHost({ operation_get: () => row("a", "queued") });
    const operations = new Operations(host);
    const end = operations.ended(Promise.resolve({ operation: "a" }));
    await settled();
    operations.apply(row("a", "sent"));
    operations.apply({ ...row("a", "ended"), outcome: "refused" });
    expect((await end).outcome).toBe("refused");
  });

  it("end for whoever waits even if no event comes", async () => {
    let looks = 0;
    const host = fakeHost({
      operation_get: () => ((looks += 1), looks < 3 ? row("a", "sent") : { ...row("a", "ended"), outcome: "timed_out" }),
    });
    const end = new Operations(host).ended(Promise.resolve({ operation: "a" }));
    await vi.advanceTimersByTimeAsync(2 * LOOK_MS);
    expect((await end).outcome).toBe("timed_out");
    await vi.advanceTimersByTimeAsync(10 * LOOK_MS);
    expect(looks).toBe(3);
  });

  it("that many wait for take one connection at a time", async () => {
    let open = 0;
    let most = 0;
    const ids = Array.from({ length: 20 }, (_, i) => `q${i}`);
    const host = fakeHost({
      operation_get: async ({ operation }) => {
        most = Math.max(most, (open += 1));
        await new Promise((resolve) => setTimeout(resolve, 10));
        open -= 1;
        return row(operation, "queued");
      },
    });
    const operations = new Operations(host);
    for (const operation of ids) void operations.ended(Promise.resolve({ operation }));
    await vi.advanceTimersByTimeAsync(100);
    most = 0;
    await vi.advanceTimersByTimeAsync(3 * LOOK_MS);
    expect(most).toBe(1);
    expect(host.asked.every(({ name }) => name === "operation_get")).toBe(true);
  });

  it("outlast a program that cannot be reached, and throw when it knows them no more", async () => {
    let reachable = false;
    const host = fakeHost({
      operation_get: () => {
        throw reachable ? new HostError("not_found", "No such operation.") : new HostError("disconnected", "Gone.");
      },
    });
    const end = expect(new Operations(host).ended(Promise.resolve({ operation: "a" }))).rejects.toThrow("No such operation.");
    await vi.advanceTimersByTimeAsync(LOOK_MS);
    reachable = true;
    await vi.advanceTimersByTimeAsync(LOOK_MS);
    await end;
  });

  it("that ended before the answer to the call came are not waited for", async () => {
    const host = fakeHost();
    const operations = new Operations(host);
    operations.apply({ ...row("a", "ended"), outcome: "success" });
    expect((await operations.ended(Promise.resolve({ operation: "a" }))).outcome).toBe("success");
    expect(host.asked).toEqual([]);
  });

  it("that were refused before they began throw", async () => {
    const refusal = new HostError("invalid_path", "No such path.");
    await expect(new Operations(fakeHost()).ended(Promise.reject(refusal))).rejects.toBe(refusal);
  });
});

function row(operation: string, state: Operation["state"]): Operation {
  return { operation, endpoint: "e", name: "resource_read", path: "/3", priority: "normal", state, started_at: "2026-11-20T09:00:00.000Z" };
}
