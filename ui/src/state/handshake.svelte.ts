/**
 * The handshake of one device that is expected, step by step as it happens. Whose handshake it
 * is shows only when it names itself. Until then the newest one that nobody else owns counts;
 * once ours did, what other addresses do without a name is theirs.
 */
import type { HandshakeStep, Pending, Security, SecurityEvent } from "../host";
import type { Session } from "./session.svelte";

/** In the order in which they come. */
export const handshakeSteps = ["hello", "verified", "key_exchange", "finished"] as const satisfies readonly HandshakeStep[];

/** Whom a handshake is expected of. */
export interface Expected {
  /** The endpoint, or with `pattern` a name in which `*` stands for any characters. */
  endpoint: string;
  pattern?: boolean;
  mode: Security;
  /** What a pre-shared key is known by: its bytes, since not every identity is text. */
  identity_hex?: string | undefined;
}

/** One attempt, from one address. */
interface Attempt {
  address: string;
  /** Milliseconds since 1970 of each step that was reached. */
  reached: Partial<Record<HandshakeStep, number>>;
  /** Why it came to nothing. */
  failure?: Pending | undefined;
  /** It named what is expected, and so is no stranger's. */
  ours: boolean;
}

/** Addresses that are kept apart; a flood of strangers pushes the oldest ones out. */
const KEPT = 64;

export class Handshake {
  readonly #session: Session;
  #expected: Expected;
  readonly #fits: (endpoint: string) => boolean;
  /** Attempts by address, the oldest first. */
  readonly #attempts = new Map<string, Attempt>();

  attempt = $state.raw<Attempt | undefined>(undefined);
  /** What the last attempt failed at, also while the device tries again: a retry mends nothing. */
  #failed = $state.raw<Attempt | undefined>(undefined);
  /** The device that registered over it, and when, in milliseconds since 1970. */
  registered = $state.raw<{ endpoint: string; at: number } | undefined>(undefined);

  constructor(session: Session, expected: Expected) {
    this.#session = session;
    this.#expected = expected;
    this.#fits = expected.pattern ? matcher(expected.endpoint) : (endpoint) => endpoint === expected.endpoint;
  }

  /** Begins to watch; the answer ends it. */
  start(): () => void {
    const begun = Date.now();
    return this.#session.on((message) => {
      if (message.event === "security") this.#take(message.data);
      if (message.event !== "device" || !this.#fits(message.data.endpoint)) return;
      const at = Date.parse(message.data.device?.registered_at ?? "");
      if (at >= begun) this.registered = { endpoint: message.data.endpoint, at };
    });
  }

  /** Why it has not come, as far as that is known. */
  get failure(): Pending | undefined {
    return this.registered === undefined ? this.#failed?.failure : undefined;
  }

  /** What failed was mended, perhaps by taking another identity: the next attempt tells. */
  forget(identity_hex = this.#expected.identity_hex): void {
    this.#expected = { ...this.#expected, identity_hex };
    this.#attempts.clear();
    this.#show();
  }

  #take(event: SecurityEvent): void {
    const { kind, address, step, time, failure } = event;
    const whose = this.#whose(event);
    const known = this.#attempts.get(address);
    if (whose === "theirs") {
      this.#attempts.delete(address);
      if (this.attempt === known) this.#show();
      return;
    }
    const at = Date.parse(time);
    // A new attempt begins with its first step, and after a failure.
    const anew = step === "hello" || known?.failure !== undefined;
    const reached = { ...(anew ? undefined : known?.reached) };
    if (kind === "step" && step !== undefined) reached[step] = at;
    if (kind === "established") for (const one of handshakeSteps) reached[one] ??= at;
    if (kind === "failed" && step !== undefined) for (const one of stepsTo(step)) reached[one] ??= at;
    const failed = kind === "failed" || kind === "refused" ? failure : undefined;
    // The newest stands last.
    this.#attempts.delete(address);
    this.#attempts.set(address, { address, reached, failure: failed, ours: whose === "ours" || known?.ours === true });
    const [oldest] = this.#attempts.keys();
    if (this.#attempts.size > KEPT && oldest !== undefined) this.#attempts.delete(oldest);
    this.#show();
  }

  #show(): void {
    const all = [...this.#attempts.values()].toReversed();
    const shown = (this.attempt = all.find(({ ours }) => ours) ?? all[0]);
    if (shown?.failure !== undefined) this.#failed = shown;
    else if (shown === undefined || shown.reached.finished !== undefined || (shown.ours && this.#failed?.ours !== true)) this.#failed = undefined;
  }

  #whose({ kind, identity_hex, mode, failure }: SecurityEvent): "ours" | "theirs" | "unknown" {
    const expected = this.#expected;
    const about = failure?.endpoint;
    // Also where another identity was named that is almost the expected one.
    if (about !== undefined && this.#fits(about)) return "ours";
    // An identity that was never set names nobody.
    if (identity_hex) return expected.mode === "psk" && identity_hex === expected.identity_hex ? "ours" : "theirs";
    if (mode !== undefined && mode !== expected.mode) return "theirs";
    return about !== undefined || kind === "refused" || expected.mode === "nosec" ? "theirs" : "unknown";
  }
}

/** The steps that are done when the given one is. */
export function stepsTo(step: HandshakeStep): readonly HandshakeStep[] {
  return handshakeSteps.slice(0, handshakeSteps.indexOf(step) + 1);
}

/** As the program compares names with patterns: only the star means anything. */
function matcher(pattern: string): (endpoint: string) => boolean {
  const parts = pattern.split("*").map((part) => part.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`));
  const whole = new RegExp(`^${parts.join(".*")}$`, "s");
  return (endpoint) => whole.test(endpoint);
}
