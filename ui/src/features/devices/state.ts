/** A device's state in one word, as every list shows it. */
import type { Device } from "../../host";
import type { Tone } from "../../parts";
import { millis } from "../../parts/format";

/** Milliseconds before the end of a lifetime that deserve attention, at most. */
const SOON_MS = 30_000;

export interface DeviceState {
  tone: Tone;
  word: string;
}

export function stateOf(device: Device, now: number): DeviceState {
  if (!device.online) {
    const left = timeLeft(device, now);
    return left !== undefined && left < 0 ? { tone: "warn", word: "expired" } : { tone: "idle", word: "offline" };
  }
  if (device.sleeping) return { tone: "sleep", word: "asleep" };
  return endsSoon(device, now) ? { tone: "warn", word: "expiring" } : { tone: "ok", word: "online" };
}

/** Milliseconds until the registration ends; undefined if it never does, or if there is none. */
export function timeLeft(device: Device, now: number): number | undefined {
  const at = millis(device.expires_at);
  return Number.isNaN(at) ? undefined : at - now;
}

export function endsSoon(device: Device, now: number): boolean {
  const left = timeLeft(device, now);
  return left !== undefined && left < Math.min(SOON_MS, device.lifetime_s * 250);
}

/** The words for how an identity was proven. */
export const securityWords = {
  nosec: "NoSec",
  psk: "PSK",
  rpk: "RPK",
  x509: "X.509",
  oscore: "OSCORE",
} as const;

/** How a device is protected: in a word, what else is worth knowing, and a sentence. */
export function protectionOf(device: Device): DeviceState & { more?: string; about: string } {
  const word = securityWords[device.security];
  if (device.fell_back) {
    return { tone: "warn", word, more: "fell back", about: "It was registered with security before and comes without now." };
  }
  if (device.security === "nosec") {
    const about = "Nothing is encrypted, and whoever reaches the port can use this name.";
    return { tone: device.online && !isHere(device.address) ? "warn" : "idle", word, about };
  }
  if (device.cid_bytes !== undefined) {
    return { tone: "ok", word, more: "CID", about: `Encrypted; a Connection ID of ${device.cid_bytes} bytes carries the session over to another address.` };
  }
  return device.online
    ? { tone: "ok", word, about: "Encrypted, without a Connection ID: a new address needs a new handshake." }
    : { tone: "idle", word, about: "It has to prove itself when it comes." };
}

/** Whether an address is on this machine: nobody else reaches what is sent there. */
function isHere(address: string): boolean {
  return address.startsWith("127.") || address.startsWith("[::1]");
}

/** The announced objects, short: `3 4 3303×2`. */
export function objectsOf(device: Device): string {
  return device.objects
    .map(({ object, instances }) => (instances.length > 1 ? `${object}×${instances.length}` : `${object}`))
    .join(" ");
}
