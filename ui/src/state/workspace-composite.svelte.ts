/**
 * Several paths asked, written or observed in one exchange: the set under work with the
 * values typed for it, the sets kept by name, the observations in force. It is kept with
 * the device, so that a set half put together outlives a restart.
 */
import {
  reasonOf,
  type CancelWay,
  type Format,
  type JsonValue,
  type Observation,
  type Operation,
  type PathSet,
  type PathSetScope,
} from "../host";
import type { Session } from "./session.svelte";
import type { Draft } from "./workspace-drafts.svelte";
import type { Views } from "./views";

/** Paths of one set, as the program takes them. */
export const MAX_PATHS = 100;

export type CompositeMode = "read" | "observe" | "write";

export class Composite {
  readonly #session: Session;
  readonly #endpoint: string;
  readonly #key: string;

  mode = $state<CompositeMode>("read");
  paths = $state<string[]>([]);
  /** What was typed to be written, with its value or the sentence that refuses it. */
  drafts = $state<Record<string, Draft>>({});
  format = $state<Format | undefined>(undefined);
  /** The name of the set that was loaded last. */
  name = $state("");
  sets = $state.raw<PathSet[]>([]);
  observations = $state.raw<Observation[]>([]);
  /** The last operation, running or ended. */
  operation = $state.raw<Operation | undefined>(undefined);
  running = $state(false);
  failure = $state<string | undefined>(undefined);

  constructor(session: Session, endpoint: string, key: string) {
    this.#session = session;
    this.#endpoint = endpoint;
    this.#key = key;
  }

  /** Begins to follow; the answer ends it. */
  start(): () => void {
    void this.refresh();
    return this.#session.on((message) => {
      if (message.event === "live" || message.event === "resync") void this.refresh();
      if (message.event !== "operation" || message.data.endpoint !== this.#endpoint) return;
      if (message.data.operation === this.operation?.operation) this.operation = message.data;
      if (message.data.state === "ended" && OBSERVES.has(message.data.name)) void this.#fetchObservations();
    });
  }

  async restore(views: Views = this.#session.views): Promise<void> {
    const kept = await views.load(this.#key);
    if (typeof kept !== "object" || kept === null || Array.isArray(kept)) return;
    if (Array.isArray(kept.paths)) this.paths = kept.paths.filter((path) => typeof path === "string");
    if (kept.mode === "read" || kept.mode === "observe" || kept.mode === "write") this.mode = kept.mode;
    if (typeof kept.name === "string") this.name = kept.name;
  }

  async refresh(): Promise<void> {
    try {
      this.sets = (await this.#session.host.call("path_set_list", { endpoint: this.#endpoint })).sets;
      await this.#fetchObservations();
    } catch (error) {
      this.failure = reasonOf(error);
    }
  }

  /** Adds a path; the program says at the first use whether it is one. */
  add(text: string): void {
    const trimmed = text.trim();
    const path = trimmed.startsWith("/") ? trimmed : `/${trimmed}`;
    if (trimmed === "" || this.paths.includes(path) || this.paths.length >= MAX_PATHS) return;
    this.paths = [...this.paths, path];
    this.keep();
  }

  remove(path: string): void {
    this.paths = this.paths.filter((one) => one !== path);
    const { [path]: _, ...rest } = this.drafts;
    this.drafts = rest;
    this.keep();
  }

  clear(): void {
    this.paths = [];
    this.drafts = {};
    this.name = "";
    this.keep();
  }

  choose(mode: CompositeMode): void {
    this.mode = mode;
    this.keep();
  }

  use(set: PathSet): void {
    this.paths = [...set.paths];
    this.name = set.name;
    this.keep();
  }

  async saveSet(name: string, scope: PathSetScope): Promise<boolean> {
    const { paths } = this;
    return this.#change(async () => {
      await this.#session.host.call("path_set_save", { endpoint: this.#endpoint, name, scope, paths });
      this.name = name;
    });
  }

  async deleteSet({ name, scope }: PathSet): Promise<boolean> {
    return this.#change(async () => {
      await this.#session.host.call("path_set_delete", { endpoint: this.#endpoint, name, scope });
    });
  }

  /** Sends what is put together; answers the operation once it has ended. */
  async run(): Promise<void> {
    const endpoint = this.#endpoint;
    const format = this.format === undefined ? {} : { format: this.format };
    const { paths } = this;
    const { host } = this.#session;
    if (this.mode === "write") {
      const values = paths.flatMap((path) => {
        const parsed = this.drafts[path]?.parsed;
        return parsed === undefined ? [] : [{ path, ...parsed }];
      });
      await this.#ask(() => host.call("composite_write", { endpoint, values, ...format }));
    } else if (this.mode === "read") {
      await this.#ask(() => host.call("composite_read", { endpoint, paths, ...format }));
    } else {
      await this.#ask(() => host.call("composite_observe", { endpoint, paths, ...format }));
    }
  }

  async cancel(observation: Observation, way: CancelWay = "active"): Promise<void> {
    const { paths } = observation;
    await this.#ask(() => this.#session.host.call("composite_cancel", { endpoint: this.#endpoint, paths, way }));
  }

  keep(): void {
    const value = { paths: [...this.paths], mode: this.mode, name: this.name };
    this.#session.views.save(this.#key, value as JsonValue);
  }

  async #ask(call: () => Promise<{ operation: string }>): Promise<void> {
    this.failure = undefined;
    this.operation = undefined;
    this.running = true;
    try {
      this.operation = await this.#session.operations.ended(call());
    } catch (error) {
      this.failure = reasonOf(error);
    } finally {
      this.running = false;
    }
  }

  async #change(call: () => Promise<void>): Promise<boolean> {
    this.failure = undefined;
    try {
      await call();
      await this.refresh();
      return true;
    } catch (error) {
      this.failure = reasonOf(error);
      return false;
    }
  }

  async #fetchObservations(): Promise<void> {
    const { observations } = await this.#session.host.call("observation_list", { endpoint: this.#endpoint });
    this.observations = observations.filter(({ composite }) => composite);
  }
}

const OBSERVES = new Set(["composite_observe", "composite_cancel"]);
