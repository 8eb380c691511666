/**
 * Values of which a row has only the beginning: fetched whole when somebody wants to see,
 * copy, edit or save them, and not before. What cannot be had stands as a failure at its row.
 */
import { SvelteSet } from "svelte/reactivity";

import { reasonOf, type JsonValue, type Kind } from "../host";
import type { Shown, Workspace } from "./workspace.svelte";

/** Letters of a path that stand in no file's name. */
const SEPARATORS = /[^A-Za-z0-9.]+/g;

export class Large {
  readonly #workspace: Workspace;
  /** Rows whose value is on its way. */
  readonly loading = new SvelteSet<string>();

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  /** The value of a row, all of it; nothing if there is none or it cannot be had. */
  async whole(path: string): Promise<Shown | undefined> {
    const { values } = this.#workspace;
    const shown = values.get(path);
    if (shown?.size === undefined) return shown;
    const found = await this.#fetch(path);
    if (found === undefined) return undefined;
    const present = values.get(path) ?? shown;
    const { size: _, ...whole } = { ...present, ...found };
    // A newer one may have come in meanwhile; that one stays on the screen.
    if (present.at <= found.at) values.set(path, whole);
    return whole;
  }

  /** The same for everything at and below a row. */
  async wholeBranch(path: string): Promise<void> {
    for (const row of this.#workspace.tree.branch(path)) await this.whole(row.path);
  }

  /** Saves a value as a file: bytes as they are, anything else as text. */
  async save(path: string): Promise<void> {
    const shown = await this.whole(path);
    if (shown === undefined) return;
    const { session, endpoint, asked } = this.#workspace;
    const name = `${endpoint}${path}`.replaceAll(SEPARATORS, "-");
    const content = typeof shown.value === "object" ? JSON.stringify(shown.value) : String(shown.value);
    const file = shown.kind === "opaque" ? { name: `${name}.bin`, content, base64: true } : { name: `${name}.txt`, content };
    asked.dismiss(path);
    try {
      await session.host.saveFile(file);
    } catch (error) {
      asked.failures.set(path, { sentence: reasonOf(error), retry: () => void this.save(path) });
    }
  }

  async #fetch(path: string): Promise<{ value: JsonValue; kind: Kind; at: number } | undefined> {
    const { session, endpoint, asked } = this.#workspace;
    this.loading.add(path);
    asked.dismiss(path);
    try {
      const { value, kind, time } = await session.host.call("value_get", { endpoint, path });
      return { value, kind, at: Date.parse(time) };
    } catch (error) {
      asked.failures.set(path, { sentence: reasonOf(error), retry: () => void this.whole(path) });
      return undefined;
    } finally {
      this.loading.delete(path);
    }
  }
}
