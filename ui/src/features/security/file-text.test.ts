import { describe, expect, it } from "vitest";

import { armoured, plainTextOf } from "./file-text";

const der = Uint8Array.from([0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, ...Array<number>(50).fill(0xfb)]);

describe("a file that was picked", () => {
  it("is text where it can be read as such", () => {
    expect(plainTextOf(new TextEncoder().encode("-----BEGIN KEY-----\r\n"))).toBe("-----BEGIN KEY-----\r\n");
    expect(plainTextOf(Uint8Array.from([0xff, 0xfe, 0x61, 0, 0x0a, 0]))).toBe("a\n");
  });

  it("is wrapped without a changed byte where it is not", () => {
    expect(plainTextOf(der)).toBeUndefined();
    const [begin, first, second, end] = armoured(der, "CERTIFICATE").split("\n");
    expect([begin, end]).toEqual(["-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"]);
    expect(first).toHaveLength(64);
    expect([...atob(`${first}${second}`)].map((letter) => letter.charCodeAt(0))).toEqual([...der]);
    expect(armoured(der).startsWith("MFkwEwYH")).toBe(true);
  });

  it("is no text because it happens to be short", () => {
    expect(plainTextOf(Uint8Array.from([0x30, 0x03, 0x02, 0x01, 0x05]))).toBeUndefined();
  });
});
