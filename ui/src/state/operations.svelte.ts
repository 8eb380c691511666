/**
 * Operations, newest first: what was asked of devices and how it ended. The
 * program keeps all of them; here lie the latest ones, kept fresh by events.
 */
import { reasonOf, type Host, type Operation, type OperationStarted } from "../host";
import { gathered } from "./batch";
import type { LoadState } from "./load";

/** Operations kept in the page. */
export const OPERATIONS_KEPT = 1_000;

/** Milliseconds that one wait asks for; it is repeated until the end. */
const WAIT_MS = 60_000;

export class Operations {
  readonly #host: Host;
  /** Oldest first, the order in which a map keeps its keys. */
  #byId = new Map<string, Operation>();
  readonly #listSoon = gathered(() => this.#relist());
  readonly #waiting = new Map<string, Set<(operation: Operation) => void>>();

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
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(id) ?? new Set();
      this.#waiting.set(id, waiting);
      waiting.add(resolve);
      // Events usually are first; asking covers a stream that is being re-opened.
      this.#ask(id).catch(reject);
    });
  }

  async cancel(id: string): Promise<void> {
    this.apply(await this.#host.call("operation_cancel", { operation: id }));
  }

  async #ask(id: string): Promise<void> {
    while (this.#waiting.has(id)) {
      const operation = await this.#host.call("operation_wait", { operation: id, timeout_ms: WAIT_MS });
      if (operation.state === "ended" && this.#waiting.has(id)) this.apply(operation);
    }
  }

  #relist(): void {
    this.list = [...this.#byId.values()].reverse();
  }

  #settle(operation: Operation): void {
    if (operation.state !== "ended") return;
    const waiting = this.#waiting.get(operation.operation);
    this.#waiting.delete(operation.operation);
    for (const resolve of waiting ?? []) resolve(operation);
  }
}
