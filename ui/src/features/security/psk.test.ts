import { describe, expect, it } from "vitest";

import { PskWish } from "./psk.svelte";

describe("a pre-shared key that is wished for", () => {
  it("is generated unless one is typed, and a key that is to be typed is waited for", () => {
    expect(new PskWish().request).toEqual({});
    const typed = new PskWish({ identity: "meter-9" }, true);
    expect(typed.isReady(false)).toBe(false);
    typed.key = "8f3a 1c5d";
    expect(typed.isReady(false)).toBe(true);
    expect(typed.request).toEqual({ identity: "meter-9", key_hex: "8f3a1c5d" });
    typed.typed = false;
    expect(typed.request).toEqual({ identity: "meter-9" });
  });

  it("keeps an identity that is no text in hex", () => {
    const binary = new PskWish({ identity_hex: "00ff" });
    expect(binary.isPlain("meter-9")).toBe(false);
    expect(binary.request).toEqual({ identity_hex: "00ff" });
  });

  it("needs an identity where a pattern names its holders", () => {
    expect(new PskWish().isReady(true)).toBe(false);
    expect(new PskWish({ identity: "batch-7" }).isReady(true)).toBe(true);
  });
});
