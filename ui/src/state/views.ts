/**
 * What the page wants kept over a restart: layouts, open tabs, drafts. Values go
 * to the program's own memory under keys of the page; this file never looks into
 * them.
 */
import type { Host, JsonValue } from "../host";

/** Milliseconds of quiet before a changed value travels. */
const QUIET_MS = 400;

export class Views {
  readonly #host: Host;
  readonly #waiting = new Map<string, { value: JsonValue; timer: ReturnType<typeof setTimeout> }>();

  constructor(host: Host) {
    this.#host = host;
  }

  /** What was kept under a key; null if nothing was, or if it cannot be had. */
  async load(key: string): Promise<JsonValue> {
    const waiting = this.#waiting.get(key);
    if (waiting) return waiting.value;
    try {
      return (await this.#host.call("view_get", { key })).value ?? null;
    } catch {
      return null;
    }
  }

  /** Keeps a value, soon; null removes it. */
  save(key: string, value: JsonValue): void {
    clearTimeout(this.#waiting.get(key)?.timer);
    const timer = setTimeout(() => this.#send(key), QUIET_MS);
    this.#waiting.set(key, { value, timer });
  }

  /** Sends everything that waits, e.g. because the page is about to go. */
  flush(): void {
    for (const key of [...this.#waiting.keys()]) this.#send(key);
  }

  #send(key: string): void {
    const waiting = this.#waiting.get(key);
    if (!waiting) return;
    clearTimeout(waiting.timer);
    this.#waiting.delete(key);
    // Losing a layout is no reason to disturb anybody.
    this.#host.call("view_put", { key, value: waiting.value }).catch(() => {});
  }
}
