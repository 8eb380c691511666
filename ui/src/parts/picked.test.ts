import { describe, expect, it } from "vitest";

import { Picked } from "./picked.svelte";

const rows = ["a", "b", "c", "d"].map((name) => ({ name }));

function picked() {
  return new Picked<{ name: string }>((row) => row.name, (index) => rows[index]);
}

function press(modifiers: MouseEventInit = {}): MouseEvent {
  const event = new MouseEvent("click", modifiers);
  Object.defineProperty(event, "target", { value: document.createElement("div") });
  return event;
}

const row = (index: number) => rows[index] ?? { name: "" };

describe("rows that are picked", () => {
  it("come one by one with Control, and a range with Shift from the last one", () => {
    const own = picked();
    own.press(row(0), 0, press({ ctrlKey: true }));
    own.press(row(2), 2, press({ ctrlKey: true }));
    own.press(row(3), 3, press({ shiftKey: true }));
    expect([...own.keys]).toEqual(["a", "c", "d"]);
    own.press(row(2), 2, press({ ctrlKey: true }));
    expect([...own.keys]).toEqual(["a", "d"]);
    own.press(row(1), 1, press());
    expect(own.keys.size).toBe(0);
  });

  it("are all of them with Control A only where all are at hand, and none after Escape", () => {
    const own = picked();
    const all = new KeyboardEvent("keydown", { key: "a", ctrlKey: true });
    expect(own.key(all, row(0), 0)).toBe(false);
    expect(own.key(all, row(0), 0, rows.length)).toBe(true);
    expect(own.keys.size).toBe(4);
    const escape = new KeyboardEvent("keydown", { key: "Escape" });
    expect(own.key(escape, row(0), 0)).toBe(true);
    expect(own.keys.size).toBe(0);
    expect(own.key(escape, row(0), 0)).toBe(false);
  });
});
