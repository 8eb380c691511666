/**
 * Operations, newest first: what was asked of devices and how it ended. The
 * program keeps all of them; here lie the latest ones, kept fresh by events.
 */
import { HostError, reasonOf, type Host, type Operation, type OperationStarted } from "../host";
import { gathered } from "./batch";
import type { LoadState } from "./load";

/** Operations kept in the page. */
export const OPERATIONS_KEPT = 1_000;

/** Milliseconds between two looks at what is waited for, should its event not come. */
export const LOOK_MS = 5_000;

interface Waiter {
  resolve: (operation: Operation) => void;
  reject: (error: unknown) => void;
}

export class Operations {
  readonly #host: Host;
  /** Oldest first, the order in which a map keeps its keys. */
  #byId = new Map<string, Operation>();
  readonly #listSoon = gathered(() => this.#relist());
  readonly #waiting = new Map<string, Waiter[]>();
  #looking: ReturnType<typeof setTimeout> | undefined;

  /** Newest first. */
  list = $state.raw<Operation[]>([]);
  load = $state<LoadState>({ is: "loading" });
  /** Those that have not ended. */
  readonly open = $derived(this.list.filter((operation) => operation.state !== "ended"));

  constructor(host: Host) {
    this.#host = host;
  }

  async reload(): Promise<void> {
    try {
      const { operations } = await this.#host.call("operation_list", { limit: OPERATIONS_KEPT });
      this.#byId = new Map([...operations].reverse().map((operation) => [operation.operation, operation]));
      this.#relist();
      this.load = { is: "ready" };
      for (const operation of operations) this.#settle(operation);
    } catch (error) {
      this.load = { is: "failed", reason: reasonOf(error) };
    }
  }

  /** Takes in an event. */
  apply(operation: Operation): void {
    this.#byId.set(operation.operation, operation);
    const [oldest] = this.#byId.keys();
    if (oldest !== undefined && this.#byId.size > OPERATIONS_KEPT) this.#byId.delete(oldest);
    this.#settle(operation);
    this.#listSoon();
  }

  get(id: string): Operation | undefined {
    return this.#byId.get(id);
  }

  /**
   * The end of an operation that a call started, however long it takes:
   * `await operations.ended(host.call("resource_read", …))`. Throws `HostError`
   * if the call was refused; how the operation ended is in its `outcome`.
   */
  async ended(started: Promise<OperationStarted>): Promise<Operation> {
    const { operation: id } = await started;
    const known = this.#byId.get(id);
    if (known?.state === "ended") return known;
    const end = new Promise<Operation>((resolve, reject) => {
      this.#waiting.set(id, [...(this.#waiting.get(id) ?? []), { resolve, reject }]);
    });
    // Its event may have passed before anybody waited.
    void this.#look(id).then(() => this.#lookSoon());
    return end;
  }

  async cancel(id: string): Promise<void> {
    this.apply(await this.#host.call("operation_cancel", { operation: id }));
  }

  /**
   * Events tell of the end; looking covers those that were missed. One short call at a
   * time: a browser has few connections to one place, and the events hold one of them.
   */
  #lookSoon(): void {
    if (this.#waiting.size === 0) return;
    this.#looking ??= setTimeout(async () => {
      for (const id of [...this.#waiting.keys()]) await this.#look(id);
      this.#looking = undefined;
      this.#lookSoon();
    }, LOOK_MS);
  }

  async #look(id: string): Promise<void> {
    try {
      const operation = await this.#host.call("operation_get", { operation: id, preview: true });
      if (operation.state === "ended" && this.#waiting.has(id)) this.apply(operation);
    } catch (error) {
      // A program that cannot be reached now may tell later.
      if (error instanceof HostError && error.code === "disconnected") return;
      const waiting = this.#waiting.get(id) ?? [];
      this.#waiting.delete(id);
      for (const { reject } of waiting) reject(error);
    }
  }

  #relist(): void {
    this.list = [...this.#byId.values()].reverse();
  }

  #settle(operation: Operation): void {
    if (operation.state !== "ended") return;
    const waiting = this.#waiting.get(operation.operation);
    this.#waiting.delete(operation.operation);
    for (const { resolve } of waiting ?? []) resolve(operation);
  }
}
