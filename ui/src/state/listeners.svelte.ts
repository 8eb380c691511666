/**
 * The sockets that devices reach, and the addresses of this machine that one
 * could be opened on. What is open now stands in the status.
 */
import { HostError, reasonOf, type Host, type Interface, type ListenerOpenRequest } from "../host";
import type { LoadState } from "./load";

/** A listener that could not be opened. */
export interface Refusal {
  wanted: ListenerOpenRequest;
  reason: string;
  /** An address that is free. */
  suggestion?: string | undefined;
}

export class Listeners {
  readonly #host: Host;
  readonly #changed: () => Promise<void>;

  interfaces = $state.raw<Interface[]>([]);
  load = $state<LoadState>({ is: "loading" });
  /** The address that is being opened or closed. */
  busy = $state<string | undefined>(undefined);
  refusal = $state.raw<Refusal | undefined>(undefined);

  /** `changed` runs after each change, for whoever shows what is open. */
  constructor(host: Host, changed: () => Promise<void>) {
    this.#host = host;
    this.#changed = changed;
  }

  async reload(): Promise<void> {
    try {
      this.interfaces = (await this.#host.call("interface_list", {})).interfaces;
      this.load = { is: "ready" };
    } catch (error) {
      this.load = { is: "failed", reason: reasonOf(error) };
    }
  }

  /** Opens one for somebody who shows the refusal: throws `HostError`. */
  async tryOpen(wanted: ListenerOpenRequest): Promise<void> {
    try {
      await this.#host.call("listener_open", wanted);
    } finally {
      await Promise.all([this.reload(), this.#changed()]);
    }
  }

  async open(wanted: ListenerOpenRequest): Promise<void> {
    await this.#act(wanted, () => this.#host.call("listener_open", wanted));
  }

  async close(address: string): Promise<void> {
    await this.#act({ address }, () => this.#host.call("listener_close", { address }));
  }

  async #act(wanted: ListenerOpenRequest, act: () => Promise<unknown>): Promise<void> {
    this.busy = wanted.address;
    this.refusal = undefined;
    try {
      await act();
    } catch (error) {
      this.refusal = { wanted, reason: reasonOf(error), suggestion: suggestionOf(error) };
    }
    await Promise.all([this.reload(), this.#changed()]);
    this.busy = undefined;
  }
}

/** A host and a port as one address; IPv6 wants brackets. */
export function socketAddress(host: string, port: number | string): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function suggestionOf(error: unknown): string | undefined {
  if (!(error instanceof HostError)) return undefined;
  const { details } = error;
  if (typeof details !== "object" || details === null || Array.isArray(details)) return undefined;
  return typeof details.suggestion === "string" ? details.suggestion : undefined;
}
