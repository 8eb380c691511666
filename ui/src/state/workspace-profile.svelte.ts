/** How one device is treated: its awake window, formats and queue, and each known deviation from the standard. */
import { reasonOf, type CompatibilityRow, type Profile as Treated } from "../host";
import type { LoadState } from "./load";
import type { Session } from "./session.svelte";
import type { Workspace } from "./workspace.svelte";

/** Milliseconds in which several deviations become one fetch. */
const REFRESH_MS = 500;

export class Profile {
  readonly #session: Session;
  readonly #endpoint: string;
  readonly #workspace: Workspace;
  #fetches = 0;
  #soon: ReturnType<typeof setTimeout> | undefined;

  /** What was chosen for this device; absent fields follow the defaults. */
  own = $state<Treated>({});
  defaults = $state.raw<Treated>({});
  rows = $state.raw<CompatibilityRow[]>([]);
  load = $state<LoadState>({ is: "loading" });
  failure = $state<string | undefined>(undefined);

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
    this.#session = workspace.session;
    this.#endpoint = workspace.endpoint;
  }

  /** Begins to follow; the answer ends it. */
  start(): () => void {
    void this.refresh();
    const end = this.#session.on((message) => {
      const deviates = message.event === "problem" && message.data.kind === "deviation";
      if (message.event === "live" || message.event === "resync") void this.refresh();
      // A problem does not say whose it is; the count does.
      else if (deviates) this.#soon ??= setTimeout(() => void this.refresh(), REFRESH_MS);
    });
    return () => {
      end();
      clearTimeout(this.#soon);
    };
  }

  async refresh(): Promise<void> {
    clearTimeout(this.#soon);
    this.#soon = undefined;
    const mine = (this.#fetches += 1);
    try {
      const [{ profile, defaults }, rows] = await Promise.all([
        this.#session.host.call("profile_get", { endpoint: this.#endpoint }),
        this.#workspace.findings.fetch(),
      ]);
      if (mine !== this.#fetches) return;
      this.own = profile;
      this.defaults = defaults;
      this.rows = rows;
      this.load = { is: "ready" };
    } catch (error) {
      if (mine === this.#fetches) this.load = { is: "failed", reason: reasonOf(error) };
    }
  }

  /** Changes what is named; a field that is undefined follows the default again. */
  async put(change: Partial<Treated>): Promise<void> {
    this.failure = undefined;
    const profile = Object.fromEntries(
      Object.entries({ ...this.own, ...change }).filter(([, value]) => value !== undefined),
    ) as Treated;
    try {
      await this.#session.host.call("profile_put", { endpoint: this.#endpoint, profile });
    } catch (error) {
      this.failure = reasonOf(error);
    }
    await this.refresh();
  }

  /** Saves the report; answers the sentence to show when that fails. */
  async export(): Promise<void> {
    try {
      const file = await this.#session.host.call("table_export", { table: "compatibility", endpoint: this.#endpoint });
      await this.#session.host.saveFile(file);
      this.failure = undefined;
    } catch (error) {
      this.failure = reasonOf(error);
    }
  }
}
