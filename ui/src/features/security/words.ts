/** Credentials and those who knocked in vain, in words. */
import type { BlockTarget, HandshakeStep, Pending } from "../../host";
import type { Tone } from "../../parts";
import { millis } from "../../parts/format";
import type { CredentialRow } from "../../state/security.svelte";

export const modes: { value: CredentialRow["mode"]; label: string; about: string }[] = [
  { value: "psk", label: "Pre-shared key", about: "One identity and one secret key, the same on both sides." },
  { value: "rpk", label: "Raw public key", about: "The device proves the private half of a key pair; you enter the public half." },
  { value: "x509", label: "Certificate", about: "The device shows a certificate: one that is pinned here, or one signed by a trusted authority for this endpoint." },
  { value: "nosec", label: "No security", about: "Nothing is encrypted and nothing is proven. For a bench that nobody else can reach." },
];

/** Short, for a column. */
export const modeNames: Record<CredentialRow["mode"], string> = { psk: "PSK", rpk: "RPK", x509: "X.509", nosec: "NoSec" };

/** Of credentials for the other server. */
export const noBootstrap = "This version has no bootstrap listener: the credential is kept, and no device can use it yet.";

/** How a credential fares: who uses it, and how that ended last. */
export function stateOf(row: CredentialRow): { tone: Tone; word: string } {
  if (row.online === true) return { tone: "ok", word: "in use" };
  if (row.last_used_at === undefined) return { tone: "idle", word: "never used" };
  return row.last_outcome === "failed" ? { tone: "bad", word: "failed" } : { tone: "idle", word: "not in use" };
}

export function subjectOf(row: CredentialRow): string {
  return row.endpoint ?? row.endpoint_pattern ?? "";
}

/** What a credential is known by on the wire. */
export function identityOf(row: CredentialRow): string {
  return row.identity ?? row.identity_hex ?? row.certificate?.subject ?? row.public_key ?? "";
}

/** The steps of a handshake, in words and by the messages that make them (RFC 6347, section 4.2.4). */
export const stepWords: Record<HandshakeStep, { word: string; name: string }> = {
  hello: { word: "It says hello, and is asked to prove its address", name: "ClientHello" },
  verified: { word: "Its address is proven, our part is sent", name: "ServerHelloDone" },
  key_exchange: { word: "It says who it is, with its part of the key", name: "ClientKeyExchange" },
  finished: { word: "Both prove to have the same keys", name: "Finished" },
};

/** Who knocked, as well as it is known: of a handshake the identity, which is all that was said in it. */
export function whoOf({ kind, endpoint, identity, identity_hex, address }: Pending): string {
  const named = [identity, identity_hex, endpoint];
  const known = (kind === "handshake" ? named : [endpoint, identity, identity_hex]).find((one) => one !== undefined && one !== "");
  return known ?? address;
}

const blockKinds: Record<BlockTarget["kind"], string> = {
  endpoint: "the endpoint",
  identity: "the identity",
  public_key: "the public key",
  certificate: "the certificate",
  address: "the address",
};

/** Whom a block keeps out. */
export function blockedOf({ kind, subject }: BlockTarget): string {
  return `${blockKinds[kind]} ${subject.length > LONG_SUBJECT ? `${subject.slice(0, LONG_SUBJECT)}…` : subject}`;
}

/** Letters of a key or a name that tell it from others. */
const LONG_SUBJECT = 48;

/** An end that comes within a month is worth a word. */
const SOON_MS = 30 * 86_400_000;

/** What there is to say about the end of a certificate, if anything. */
export function endingOf(notAfter: string | undefined, now: number): { tone: Tone; text: string } | undefined {
  const left = millis(notAfter) - now;
  if (Number.isNaN(left) || left > SOON_MS) return undefined;
  return left < 0 ? { tone: "bad", text: "expired" } : { tone: "warn", text: "expires soon" };
}

/** A file's name from what a person typed. */
export function fileName(subject: string, ending: string): string {
  return `${subject.replaceAll(/[^A-Za-z0-9._-]+/g, "-")}${ending}`;
}
