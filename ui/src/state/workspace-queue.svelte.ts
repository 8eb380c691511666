/**
 * What waits for one device, in the order in which it will be sent, and whether the
 * device listens. Fetched anew whenever the device or one of its operations moved.
 */
import { reasonOf, type Priority, type QueueGetResponse } from "../host";
import type { LoadState } from "./load";
import type { Session } from "./session.svelte";

/** Milliseconds in which several reasons to fetch become one fetch. */
const REFRESH_MS = 150;

export class Queue {
  readonly #session: Session;
  readonly #endpoint: string;
  #soon: ReturnType<typeof setTimeout> | undefined;

  current = $state.raw<QueueGetResponse | undefined>(undefined);
  load = $state<LoadState>({ is: "loading" });
  /** What could not be changed, as a sentence. */
  failure = $state<string | undefined>(undefined);

  constructor(session: Session, endpoint: string) {
    this.#session = session;
    this.#endpoint = endpoint;
  }

  /** Begins to follow; the answer ends it. */
  start(): () => void {
    void this.refresh();
    const end = this.#session.on((message) => {
      const own =
        (message.event === "operation" || message.event === "device") && message.data.endpoint === this.#endpoint;
      if (own || message.event === "live" || message.event === "resync") this.#refreshSoon();
    });
    return () => {
      end();
      clearTimeout(this.#soon);
    };
  }

  async refresh(): Promise<void> {
    clearTimeout(this.#soon);
    this.#soon = undefined;
    try {
      this.current = await this.#session.host.call("queue_get", { endpoint: this.#endpoint });
      this.load = { is: "ready" };
    } catch (error) {
      this.load = { is: "failed", reason: reasonOf(error) };
    }
  }

  async setPriority(operation: string, priority: Priority): Promise<void> {
    await this.#change(() => this.#session.host.call("operation_move", { operation, priority }));
  }

  /** Puts an operation at a place among those of its priority, from 0. */
  async place(operation: string, position: number): Promise<void> {
    await this.#change(() => this.#session.host.call("operation_move", { operation, position }));
  }

  async cancel(operation: string): Promise<void> {
    await this.#change(() => this.#session.operations.cancel(operation));
  }

  async #change(call: () => Promise<unknown>): Promise<void> {
    this.failure = undefined;
    try {
      await call();
    } catch (error) {
      this.failure = reasonOf(error);
    }
    await this.refresh();
  }

  #refreshSoon(): void {
    this.#soon ??= setTimeout(() => void this.refresh(), REFRESH_MS);
  }
}
