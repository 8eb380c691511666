import { describe, expect, it } from "vitest";

import { base64Of, bytesOf, dump, editText, floatText, plainText, tightText, valueText, valueTitle } from "./values";

const nine = Math.floor(new Date(2026, 10, 20, 9, 42, 11).getTime() / 1000);
const bytes = base64Of(Uint8Array.from([0x58, 0x45, 0xa1, 0x0c, 1, 2, 3, 4, 5]));

describe("values as text", () => {
  it("show the number that a device meant, not the noise of its widening", () => {
    expect(floatText(Math.fround(21.42))).toBe("21.42");
    expect(floatText(21.42000000000001)).toBe("21.42000000000001");
    expect(floatText(0.1)).toBe("0.1");
    expect(floatText(22)).toBe("22");
    expect(valueText("float", "NaN")).toBe("NaN");
  });

  it("keep integers exact that no JavaScript number can hold", () => {
    expect(valueText("integer", "9223372036854775807")).toBe("9223372036854775807");
  });

  it("show times locally, and UTC on hover, for the clipboard and for the editor", () => {
    expect(valueText("time", String(nine))).toBe("2026-11-20 09:42:11");
    expect(tightText("time", String(nine), nine * 1000)).toBe("11-20 09:42:11");
    expect(tightText("time", String(nine), 0)).toBe("2026-11-20 09:42:11");
    expect(valueTitle("time", "0")).toBe("1970-01-01 00:00:00 UTC");
    expect(plainText("time", "0")).toBe("1970-01-01T00:00:00Z");
    expect(editText("time", "0")).toBe("1970-01-01T00:00:00Z");
    expect(valueText("time", "9999999999999999")).toBe("not a time");
  });

  it("show the beginning and the length of bytes, and copy them whole", () => {
    expect(valueText("opaque", bytes)).toBe("5845a10c… · 9 B");
    expect(plainText("opaque", bytes)).toBe("5845a10c0102030405");
    expect(valueText("opaque", "")).toBe("0 B");
    expect(valueText("opaque", "%%%")).toBe("0 B");
  });

  it("dump bytes in lines with their letters", () => {
    expect(dump(bytesOf(bytes))).toEqual([
      { offset: "00", hex: "58 45 a1 0c 01 02 03 04", text: "XE······" },
      { offset: "08", hex: "05", text: "·" },
    ]);
  });

  it("begin an editor with the present value, a switch with off", () => {
    expect(editText("boolean", undefined)).toBe("false");
    expect(editText("boolean", true)).toBe("true");
    expect(editText("string", undefined)).toBe("");
    expect(editText("objlnk", "3:0")).toBe("3:0");
  });
});
