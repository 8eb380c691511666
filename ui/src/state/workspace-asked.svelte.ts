/**
 * What was asked of a device, row by row: what runs, how far it is, and what failed
 * with the way to try again. Operations that someone else started show as running
 * too; a failure stands at a row only if it was asked for here.
 */
import { SvelteMap } from "svelte/reactivity";

import { reasonOf, type Operation, type OperationStarted } from "../host";
import type { Operations } from "./operations.svelte";

/** Something that a row waits for. */
export interface Running {
  /** What it does, e.g. `reading`. */
  verb: string;
  /** Milliseconds since 1970. */
  since: number;
  /** Absent until the program has taken it. */
  operation?: Operation;
}

/** Something that did not work. */
export interface Failure {
  sentence: string;
  /** How it ended, for the evidence. */
  operation?: Operation;
  retry: () => void;
}

/** What a person reads while a call runs. */
const verbs: Record<string, string> = {
  resource_read: "reading",
  resource_write: "writing",
  resource_execute: "executing",
  resource_discover: "discovering",
  attributes_write: "setting attributes",
  instance_create: "creating",
  instance_delete: "deleting",
  observation_start: "starting to observe",
  observation_cancel: "ending the observation",
  composite_read: "reading",
  composite_write: "writing",
  composite_observe: "starting to observe",
  composite_cancel: "ending the observation",
  device_read: "reading the device",
};

export class Asked {
  readonly #operations: Operations;
  readonly #endpoint: string;
  readonly running = new SvelteMap<string, Running>();
  readonly failures = new SvelteMap<string, Failure>();

  constructor(operations: Operations, endpoint: string) {
    this.#operations = operations;
    this.#endpoint = endpoint;
  }

  /** Picks up what was already running, e.g. after a reload of the page. */
  resume(): void {
    for (const operation of this.#operations.open) this.take(operation);
  }

  /** Takes in an event. */
  take(operation: Operation): void {
    if (operation.endpoint !== this.#endpoint) return;
    const { path, state } = operation;
    const running = this.running.get(path);
    if (state !== "ended") {
      const since = running?.since ?? Date.parse(operation.started_at);
      this.running.set(path, { verb: verbOf(operation.name), since, operation });
    } else if (running?.operation === undefined || running.operation.operation === operation.operation) {
      this.running.delete(path);
    }
  }

  /**
   * Starts something for a row and waits for its end. Answers the operation if it
   * succeeded; otherwise the failure stands at the row and nothing is answered.
   */
  async run(path: string, name: string, start: () => Promise<OperationStarted>): Promise<Operation | undefined> {
    const retry = () => void this.run(path, name, start);
    this.failures.delete(path);
    const mine: Running = { verb: verbOf(name), since: Date.now() };
    if (!this.running.has(path)) this.running.set(path, mine);
    try {
      const operation = await this.#operations.ended(start());
      if (operation.outcome === "success") return operation;
      this.failures.set(path, { sentence: failureOf(operation), operation, retry });
    } catch (error) {
      this.failures.set(path, { sentence: reasonOf(error), retry });
    } finally {
      // An event usually took it away before.
      if (this.running.get(path) === mine) this.running.delete(path);
    }
    return undefined;
  }

  dismiss(path: string): void {
    this.failures.delete(path);
  }
}

export function verbOf(name: string): string {
  return verbs[name] ?? name.replaceAll("_", " ");
}

/** Why an operation did not succeed, as one sentence. */
export function failureOf(operation: Operation): string {
  if (operation.detail) return sentence(operation.detail);
  const code = operation.code === undefined ? "" : ` (${operation.code})`;
  switch (operation.outcome) {
    case "refused":
      return `The device refused${code}.`;
    case "timed_out":
      return "The device did not answer in time.";
    case "cancelled":
      return "Cancelled before the device answered.";
    case "lost":
      return "The program stopped before the answer came; whether the device did it is unknown.";
    default:
      return `It ended without success${code}.`;
  }
}

/** A remark as a sentence: it stands alone here. */
function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?)]$/.test(begun) ? begun : `${begun}.`;
}

/** What a running operation is doing, for a row. */
export function progressOf({ verb, operation }: Running): string {
  if (operation?.progress) return `${verb}: ${operation.progress}`;
  return operation?.state === "queued" ? `${verb}: waits in the queue` : verb;
}
