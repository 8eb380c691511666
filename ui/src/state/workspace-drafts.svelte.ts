/**
 * What was typed for a device and not sent yet: staged values, and texts that are no
 * value yet with the sentence that says why. Nothing here is sent by itself. `Views`
 * keeps it, so that neither a reload nor a crash loses a word.
 */
import { SvelteMap } from "svelte/reactivity";

import type { JsonValue, Kind } from "../host";
import type { Views } from "./views";

export interface Draft {
  path: string;
  /** As typed. */
  text: string;
  /** What it stands for; absent while the text is refused. */
  parsed?: { kind: Kind; value: JsonValue };
  /** Why the text is no value for this resource. */
  problem?: string;
}

/** A draft that can be sent. */
export type Staged = Draft & { parsed: NonNullable<Draft["parsed"]> };

export class Drafts {
  readonly #views: Views;
  readonly #key: string;
  readonly #byPath = new SvelteMap<string, Draft>();

  /** In the order of staging, those that can be sent. */
  readonly staged = $derived([...this.#byPath.values()].filter(isStaged));
  /** Those that cannot. */
  readonly refused = $derived([...this.#byPath.values()].filter((draft) => draft.parsed === undefined));
  readonly count = $derived(this.#byPath.size);

  constructor(views: Views, key: string) {
    this.#views = views;
    this.#key = key;
  }

  async restore(): Promise<void> {
    const kept = await this.#views.load(this.#key);
    if (!Array.isArray(kept)) return;
    for (const draft of kept.map(draftFrom)) {
      // What was typed meanwhile is newer.
      if (draft !== undefined && !this.#byPath.has(draft.path)) this.#byPath.set(draft.path, draft);
    }
  }

  get(path: string): Draft | undefined {
    return this.#byPath.get(path);
  }

  put(draft: Draft): void {
    // Staged again means at the end: it is what the person did last.
    this.#byPath.delete(draft.path);
    this.#byPath.set(draft.path, draft);
    this.#keep();
  }

  /** Forgets the draft, but not one that was typed after `sent`. */
  drop(path: string, sent?: Draft): void {
    if (sent !== undefined && this.#byPath.get(path)?.text !== sent.text) return;
    if (this.#byPath.delete(path)) this.#keep();
  }

  discard(): void {
    this.#byPath.clear();
    this.#keep();
  }

  #keep(): void {
    const drafts = [...this.#byPath.values()].map((draft) => ({ ...draft }));
    this.#views.save(this.#key, drafts.length === 0 ? null : (drafts as unknown as JsonValue));
  }
}

function isStaged(draft: Draft): draft is Staged {
  return draft.parsed !== undefined;
}

function draftFrom(kept: JsonValue): Draft | undefined {
  if (typeof kept !== "object" || kept === null || Array.isArray(kept)) return undefined;
  const { path, text, parsed, problem } = kept;
  if (typeof path !== "string" || typeof text !== "string") return undefined;
  const draft: Draft = { path, text };
  if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed) && typeof parsed.kind === "string") {
    draft.parsed = { kind: parsed.kind as Kind, value: parsed.value ?? null };
  }
  if (typeof problem === "string") draft.problem = problem;
  return draft;
}
