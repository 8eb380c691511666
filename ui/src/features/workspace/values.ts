/**
 * Values, times and bytes as text for a screen: short in a cell, exact in a tooltip,
 * plain for the clipboard and for an editor. It judges nothing: whether a text is a
 * value for a resource says `value_parse`.
 */
import type { Format, JsonValue, Kind } from "../../host";
import { bytes as size, dateTime } from "../../parts/format";

/** Bytes of an opaque value that a cell shows. */
const PREVIEW_BYTES = 4;

/** Bytes of an opaque value, and letters of a text, that a tooltip shows. */
const TITLE_BYTES = 64;
const TITLE_LETTERS = 600;

/** One line for a cell. `total` is the size of a value of which this is only the beginning. */
export function valueText(kind: Kind | undefined, value: JsonValue | undefined, total?: number): string {
  if (value === undefined || value === null) return "";
  if (kind === "time") return timeText(Number(value) * 1000);
  if (kind === "opaque" && typeof value === "string") return [headText(kind, value), size(total ?? sizeOf(kind, value))].filter((part) => part !== "").join(" · ");
  if (kind === "float" && typeof value === "number") return floatText(value);
  if (typeof value === "object") return JSON.stringify(value);
  return String(value);
}

/** The first bytes of an opaque value, the whole line of any other. */
export function headText(kind: Kind | undefined, value: JsonValue): string {
  if (kind !== "opaque" || typeof value !== "string") return valueText(kind, value);
  const bytes = bytesOf(value);
  return `${hex(bytes.subarray(0, PREVIEW_BYTES), "")}${bytes.length > PREVIEW_BYTES ? "…" : ""}`;
}

/** Bytes of a value as it is at hand. */
export function sizeOf(kind: Kind | undefined, value: JsonValue): number {
  if (kind === "opaque" && typeof value === "string") return bytesOf(value).length;
  return new TextEncoder().encode(plainText(kind, value)).length;
}

/** How much of a value is at hand: `First 1.0 kB of 37.2 kB`. */
export function partText(kind: Kind | undefined, value: JsonValue, total: number): string {
  return `First ${size(sizeOf(kind, value))} of ${size(total)}`;
}

/** The same for a narrow cell: a time of this year without the year. */
export function tightText(kind: Kind | undefined, value: JsonValue | undefined, now = Date.now()): string {
  const text = valueText(kind, value);
  return kind === "time" && text.startsWith(`${new Date(now).getFullYear()}-`) ? text.slice(5) : text;
}

/** What a tooltip adds to a cell; empty if the cell says it all. */
export function valueTitle(kind: Kind | undefined, value: JsonValue | undefined, total?: number): string {
  if (value === undefined || value === null) return "";
  if (kind === "time") return `${utcTime(Number(value) * 1000)} UTC`;
  if (kind === "opaque" && typeof value === "string") {
    const bytes = bytesOf(value);
    return `${size(total ?? bytes.length)}: ${hex(bytes.subarray(0, TITLE_BYTES))}${bytes.length > TITLE_BYTES ? " …" : ""}`;
  }
  const text = plainText(kind, value);
  return text.length > TITLE_LETTERS ? `${text.slice(0, TITLE_LETTERS)}…` : text;
}

/** For the clipboard: exact, nothing shortened. Opaque as hex, time as RFC 3339. */
export function plainText(kind: Kind | undefined, value: JsonValue | undefined): string {
  if (value === undefined || value === null) return "";
  if (kind === "time") return utcTime(Number(value) * 1000).replace(" ", "T") + "Z";
  if (kind === "opaque" && typeof value === "string") return hex(bytesOf(value), "");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** What an editor starts with. */
export function editText(kind: Kind | undefined, value: JsonValue | undefined): string {
  if (kind === "boolean" && (value === undefined || value === null)) return "false";
  if (kind === "float" && typeof value === "number") return floatText(value);
  return plainText(kind, value);
}

/**
 * A number that fits 32 bits came as such (TLV, CBOR): the digits that its widening
 * to 64 bits adds are noise, `21.420000076293945` was sent as `21.42`.
 */
export function floatText(value: number): string {
  if (Number.isFinite(value) && Math.fround(value) === value && !Number.isInteger(value)) {
    for (let digits = 6; digits <= 9; digits += 1) {
      const short = Number(value.toPrecision(digits));
      if (Math.fround(short) === value) return String(short);
    }
  }
  return String(value);
}

const kindNames: Record<Kind, string> = {
  string: "String",
  integer: "Integer",
  unsigned: "Unsigned",
  float: "Float",
  boolean: "Boolean",
  opaque: "Opaque",
  time: "Time",
  objlnk: "Link",
  corelnk: "CoRE Link",
};

export function kindText(kind: Kind | undefined): string {
  return kind === undefined ? "" : kindNames[kind];
}

/** How data formats are called. */
const formatNames: Record<Format, string> = {
  text: "text",
  opaque: "opaque",
  cbor: "CBOR",
  tlv: "TLV",
  json: "JSON",
  senml_json: "SenML JSON",
  senml_cbor: "SenML CBOR",
  link: "link format",
};

export function formatText(format: Format | undefined): string {
  return format === undefined ? "" : formatNames[format];
}

/** Signs that people read for units that definitions spell in letters. */
const unitSigns: Record<string, string> = {
  Cel: "°C",
  degC: "°C",
  deg: "°",
  Ohm: "Ω",
  m2: "m²",
  m3: "m³",
  "m/s2": "m/s²",
  "W/m2": "W/m²",
  "/": "",
};

export function unitText(unit: string | undefined): string {
  return unit === undefined ? "" : (unitSigns[unit] ?? unit);
}

/** `2026-11-20 09:42:11`, local. */
function timeText(ms: number): string {
  return Number.isNaN(new Date(ms).getTime()) ? "not a time" : dateTime(ms);
}

/** `2026-11-20 08:42:11`, UTC. */
export function utcTime(ms: number): string {
  const at = new Date(ms);
  return Number.isNaN(at.getTime()) ? "not a time" : at.toISOString().slice(0, 19).replace("T", " ");
}

/** The present second as an editor for times shows it. */
export function nowText(now = Date.now()): string {
  return `${utcTime(now).replace(" ", "T")}Z`;
}

/** What a time typed in UTC means here. */
export function localHint(value: JsonValue): string {
  const ms = Number(value) * 1000;
  return `= ${timeText(ms)} local time`;
}

export function base64Of(bytes: Uint8Array): string {
  let text = "";
  // In slices: an argument list has a limit.
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

/** Bytes of base64; none if it is no base64. */
export function bytesOf(base64: string): Uint8Array {
  try {
    return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}

export function hex(bytes: Uint8Array, between = " "): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(between);
}

/** A line of a byte dump. */
export interface DumpLine {
  offset: string;
  hex: string;
  text: string;
}

/** Bytes in lines, what is not printable ASCII as a dot; `total` with those that are not shown. */
export function dump(bytes: Uint8Array, perLine = 8, total = bytes.length): DumpLine[] {
  const lines: DumpLine[] = [];
  const digits = Math.max(2, (total - 1).toString(16).length);
  for (let at = 0; at < bytes.length; at += perLine) {
    const line = bytes.subarray(at, at + perLine);
    const text = Array.from(line, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·")).join("");
    lines.push({ offset: at.toString(16).padStart(digits, "0"), hex: hex(line), text });
  }
  return lines;
}
