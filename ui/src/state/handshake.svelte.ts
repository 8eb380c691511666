/**
 * The handshake of one device that is expected, step by step as it happens. Whose handshake it
 * is shows only when the identity comes; until then the newest one that nobody else owns counts.
 */
import type { HandshakeStep, Pending, SecurityEvent } from "../host";
import type { Session } from "./session.svelte";

/** In the order in which they come. */
export const handshakeSteps = ["hello", "verified", "key_exchange", "finished"] as const satisfies readonly HandshakeStep[];

/** One attempt, from one address. */
interface Attempt {
  address: string;
  /** Milliseconds since 1970 of each step that was reached. */
  reached: Partial<Record<HandshakeStep, number>>;
  /** Why it came to nothing. */
  failure?: Pending | undefined;
}

export class Handshake {
  readonly #session: Session;
  readonly endpoint: string;
  /** Absent where no identity is named, as with certificates. */
  readonly #identity: string | undefined;

  attempt = $state.raw<Attempt | undefined>(undefined);
  /** When the device registered over it, in milliseconds since 1970. */
  registered = $state<number | undefined>(undefined);

  constructor(session: Session, endpoint: string, identity: string | undefined) {
    this.#session = session;
    this.endpoint = endpoint;
    this.#identity = identity;
  }

  /** Begins to watch; the answer ends it. */
  start(): () => void {
    const begun = Date.now();
    return this.#session.on((message) => {
      if (message.event === "security") this.#take(message.data);
      if (message.event !== "device" || message.data.endpoint !== this.endpoint) return;
      const at = Date.parse(message.data.device?.registered_at ?? "");
      if (at >= begun) this.registered = at;
    });
  }

  #take({ kind, address, identity, step, time, failure }: SecurityEvent): void {
    if (identity !== undefined && this.#identity !== undefined && identity !== this.#identity) return;
    // A registration that was turned down: the one of this device, by its name or its identity.
    if (kind === "refused" && failure?.endpoint !== this.endpoint && (identity === undefined || identity !== this.#identity)) return;
    const at = Date.parse(time);
    // After a failure a new attempt begins with its first step.
    const before = this.attempt?.address === address && this.attempt.failure === undefined ? this.attempt : undefined;
    const reached = { ...before?.reached };
    if (kind === "step" && step !== undefined) reached[step] = at;
    if (kind === "established") for (const one of handshakeSteps) reached[one] ??= at;
    if (kind === "failed" && step !== undefined) {
      for (const one of handshakeSteps.slice(0, handshakeSteps.indexOf(step) + 1)) reached[one] ??= at;
    }
    this.attempt = { address, reached, failure: kind === "failed" || kind === "refused" ? failure : undefined };
  }
}
