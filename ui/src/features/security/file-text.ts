/** Files of certificates and keys as text: tools write them as PEM or as bare DER. */
import { base64Of } from "../workspace/values";

/** Letters in a line (RFC 7468, section 2). */
const LINE = 64;

/** What no text has in it: control characters besides tabs and the ends of lines and pages. */
// eslint-disable-next-line no-control-regex
const BINARY = /[\u0000-\u0008\u000b\u000e-\u001f]/;

/** The text of a file; nothing if it is none. Tables saved by office programs may be UTF-16. */
export function plainTextOf(bytes: Uint8Array): string | undefined {
  const [first, second] = bytes;
  const name = first === 0xff && second === 0xfe ? "utf-16le" : first === 0xfe && second === 0xff ? "utf-16be" : "utf-8";
  try {
    const text = new TextDecoder(name, { fatal: true }).decode(bytes);
    return BINARY.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

/** DER in base64, between the lines that say what it is, where that is known; the program reads both. */
export function armoured(der: Uint8Array, what?: string): string {
  const lines = base64Of(der).match(new RegExp(`.{1,${LINE}}`, "g")) ?? [];
  const all = what === undefined ? lines : [`-----BEGIN ${what}-----`, ...lines, `-----END ${what}-----`];
  return `${all.join("\n")}\n`;
}
