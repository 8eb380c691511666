/**
 * The command line of one device: what was typed, what each line became, and what may
 * come next. The grammar lives behind the contract; nothing here reads a line. The
 * transcript is told anew from the kept lines and their operations after a restart.
 */
import { HostError, reasonOf, type ConsoleCall, type ConsoleCandidate, type Operation } from "../host";
import type { Session } from "./session.svelte";

/** Lines of the transcript that are kept on the screen, and fetched at the start. */
const KEPT = 200;

/** Milliseconds of quiet before candidates are asked for. */
const TYPING_MS = 60;

/** A line of the transcript and what came of it. */
export interface Entry {
  id: number;
  line: string;
  /** Milliseconds since 1970. */
  at: number;
  /** The call that the line stood for. */
  call?: ConsoleCall | undefined;
  output: readonly string[];
  /** The id of the operation that it started. */
  operation?: string | undefined;
  /** The sentence that refuses it. */
  problem?: string | undefined;
  /** The column that the sentence is about, from 1. */
  column?: number | undefined;
  running: boolean;
}

export class Console {
  readonly #session: Session;
  readonly #endpoint: string;

  entries = $state<Entry[]>([]);
  line = $state("");
  candidates = $state.raw<ConsoleCandidate[]>([]);
  /** What belongs at the cursor, in words. */
  expected = $state<string | undefined>(undefined);
  /** Where the candidates begin in the line. */
  from = $state(0);
  /** The candidate that a Tab takes; none until an arrow or the typing chose one. */
  chosen = $state(0);
  failure = $state<string | undefined>(undefined);
  loaded = $state(false);

  #count = 0;
  #typing: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;
  /** Where the arrows are among the lines of before; the length means the new line. */
  #back: number | undefined;
  #draft = "";

  constructor(session: Session, endpoint: string) {
    this.#session = session;
    this.#endpoint = endpoint;
  }

  /** The operation of an entry as it is now. */
  operation(entry: Entry): Operation | undefined {
    // The list is what changes when an event came.
    void this.#session.operations.list;
    return entry.operation === undefined ? undefined : this.#session.operations.get(entry.operation);
  }

  async restore(): Promise<void> {
    try {
      const { lines } = await this.#session.host.call("console_history", { endpoint: this.#endpoint, limit: KEPT });
      const known = new Set(this.entries.map(({ at }) => at));
      const before = lines
        .map(({ line, at }) => this.#entry(line, Date.parse(at), {}))
        .filter(({ at }) => !known.has(at));
      this.entries = [...before, ...this.entries].slice(-KEPT);
      this.failure = undefined;
    } catch (error) {
      this.failure = reasonOf(error);
    }
    this.loaded = true;
  }

  async run(text = this.line): Promise<void> {
    const line = text.trim();
    if (line === "") return;
    this.line = "";
    this.#back = undefined;
    this.close();
    this.entries = [...this.entries, this.#entry(line, Date.now(), { running: true })].slice(-KEPT);
    // The array hands out its own view of the entry, the one that the screen follows.
    const entry = this.entries[this.entries.length - 1];
    if (entry === undefined) return;
    try {
      const { operation, output, call } = await this.#session.host.call("console_run", { endpoint: this.#endpoint, line });
      Object.assign(entry, { operation, output: output ?? [], call });
      if (operation !== undefined) await this.#session.operations.ended(Promise.resolve({ operation }));
    } catch (error) {
      entry.problem = reasonOf(error);
      entry.column = columnOf(error);
    } finally {
      entry.running = false;
    }
  }

  clear(): void {
    this.entries = this.entries.filter(({ running }) => running);
  }

  /** Asks for candidates, soon. */
  typed(cursor: number): void {
    this.#back = undefined;
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => void this.complete(cursor), TYPING_MS);
  }

  async complete(cursor: number): Promise<void> {
    const mine = (this.#asked += 1);
    const { line } = this;
    try {
      const answer = await this.#session.host.call("console_complete", { endpoint: this.#endpoint, line, cursor });
      if (mine !== this.#asked || line !== this.line) return;
      this.candidates = answer.candidates;
      this.expected = answer.expected;
      this.from = answer.from;
      this.chosen = 0;
    } catch {
      // No candidates are no reason to disturb who types.
      if (mine === this.#asked) this.close();
    }
  }

  /** Puts a candidate into the line; answers where the cursor goes. */
  take(candidate: ConsoleCandidate | undefined, cursor: number): number {
    if (candidate === undefined) return cursor;
    const after = this.line.slice(cursor);
    const before = this.line.slice(0, this.from) + candidate.text;
    this.line = before + after;
    this.close();
    this.typed(before.length);
    return before.length;
  }

  move(by: 1 | -1): void {
    const { length } = this.candidates;
    if (length > 0) this.chosen = (this.chosen + by + length) % length;
  }

  close(): void {
    clearTimeout(this.#typing);
    this.#asked += 1;
    this.candidates = [];
    this.expected = undefined;
  }

  /** An arrow in a line without candidates: the lines of before. */
  recall(by: 1 | -1): void {
    const lines = this.entries.map(({ line }) => line).filter((line, i, all) => line !== all[i + 1]);
    if (this.#back === undefined) {
      if (by > 0) return;
      this.#draft = this.line;
      this.#back = lines.length;
    }
    this.#back = Math.min(Math.max(this.#back + by, 0), lines.length);
    this.line = lines[this.#back] ?? this.#draft;
    if (this.#back === lines.length) this.#back = undefined;
  }

  #entry(line: string, at: number, more: Partial<Entry>): Entry {
    return { id: (this.#count += 1), line, at, output: [], running: false, ...more };
  }
}

function columnOf(error: unknown): number | undefined {
  if (!(error instanceof HostError)) return undefined;
  const { details } = error;
  const column = typeof details === "object" && details !== null && !Array.isArray(details) ? details.column : undefined;
  return typeof column === "number" ? column : undefined;
}
