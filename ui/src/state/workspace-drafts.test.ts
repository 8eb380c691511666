import { describe, expect, it, vi } from "vitest";

import type { Host, JsonValue } from "../host";
import { Views } from "./views";
import { Drafts, type Draft } from "./workspace-drafts.svelte";

/** A memory of the program's, as `view_get` and `view_put` see it. */
function memory(): { views: () => Views; kept: Map<string, JsonValue> } {
  const kept = new Map<string, JsonValue>();
  const call = (name: string, request: { key: string; value: JsonValue }) => {
    if (name === "view_put") kept.set(request.key, request.value);
    return Promise.resolve({ value: kept.get(request.key) ?? null });
  };
  return { views: () => new Views({ call } as unknown as Host), kept };
}

const offset: Draft = { path: "/3/0/14", text: "+05:30", parsed: { kind: "string", value: "+05:30" } };
const wrong: Draft = { path: "/3/0/9", text: "much", problem: "“much” is not a number." };

describe("drafts", () => {
  it("tells what can be sent from what is refused", () => {
    const drafts = new Drafts(memory().views(), "k");
    drafts.put(offset);
    drafts.put(wrong);
    expect(drafts.staged.map(({ path }) => path)).toEqual(["/3/0/14"]);
    expect(drafts.refused.map(({ path }) => path)).toEqual(["/3/0/9"]);
    expect(drafts.count).toBe(2);
  });

  it("come back after a restart, refused ones with their sentence", async () => {
    vi.useFakeTimers();
    const { views, kept } = memory();
    const drafts = new Drafts(views(), "k");
    drafts.put(offset);
    drafts.put(wrong);
    await vi.runAllTimersAsync();
    vi.useRealTimers();
    expect(kept.get("k")).toHaveLength(2);
    const again = new Drafts(views(), "k");
    await again.restore();
    expect(again.get("/3/0/14")).toEqual(offset);
    expect(again.get("/3/0/9")).toEqual(wrong);
  });

  it("keeps what was typed while an older text was on its way", () => {
    const drafts = new Drafts(memory().views(), "k");
    drafts.put(offset);
    drafts.put({ ...offset, text: "+06:00", parsed: { kind: "string", value: "+06:00" } });
    drafts.drop("/3/0/14", offset);
    expect(drafts.get("/3/0/14")?.text).toBe("+06:00");
    drafts.drop("/3/0/14");
    expect(drafts.count).toBe(0);
  });

  it("sends in the order of staging; staged again means at the end", () => {
    const drafts = new Drafts(memory().views(), "k");
    drafts.put(offset);
    drafts.put({ ...offset, path: "/3/0/15" });
    drafts.put(offset);
    expect(drafts.staged.map(({ path }) => path)).toEqual(["/3/0/15", "/3/0/14"]);
    drafts.discard();
    expect(drafts.count).toBe(0);
  });
});
