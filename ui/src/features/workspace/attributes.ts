/** Notification attributes in plain words, and between text fields and numbers. */

export interface Attribute {
  name: string;
  /** What it means, read after its value. */
  words: string;
  /** Stands behind the value. */
  unit: string;
  /** Only where values can be compared. */
  numeric: boolean;
}

export const attributes: readonly Attribute[] = [
  { name: "pmin", words: "at most every", unit: "s", numeric: false },
  { name: "pmax", words: "at least every", unit: "s", numeric: false },
  { name: "gt", words: "when it rises over", unit: "", numeric: true },
  { name: "lt", words: "when it falls under", unit: "", numeric: true },
  { name: "st", words: "when it changed by", unit: "", numeric: true },
];

/** `["pmin=5", "st=0.2"]` as texts by name. */
export function textsOf(known: readonly string[]): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const entry of known) {
    const at = entry.indexOf("=");
    if (at > 0) texts[entry.slice(0, at)] = entry.slice(at + 1);
  }
  return texts;
}

/** What has to be written so that the device has what was typed; null unsets. */
export function changes(
  before: Record<string, string>,
  typed: Record<string, string>,
): { changes: Record<string, number | null>; problem: string | undefined } {
  const found: Record<string, number | null> = {};
  for (const { name, words } of attributes) {
    const text = (typed[name] ?? "").trim().replace(",", ".");
    if (text === (before[name] ?? "")) continue;
    if (text === "") {
      found[name] = null;
    } else if (Number.isFinite(Number(text))) {
      found[name] = Number(text);
    } else {
      return { changes: {}, problem: `“${words}” (${name}) takes a number; empty removes it.` };
    }
  }
  return { changes: found, problem: undefined };
}
