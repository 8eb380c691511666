/** Who may do what on a device: its Access Control object as a table, read and changed by rights' names. */
import { reasonOf, type AccessEntry, type AccessGetResponse } from "../host";
import type { LoadState } from "./load";
import type { Session } from "./session.svelte";

export class Access {
  readonly #session: Session;
  readonly #endpoint: string;

  current = $state.raw<AccessGetResponse | undefined>(undefined);
  load = $state<LoadState>({ is: "loading" });
  /** What was changed and not sent, by instance. */
  drafts = $state<Record<number, AccessEntry[]>>({});
  sending = $state<number | undefined>(undefined);
  reading = $state(false);
  failure = $state<string | undefined>(undefined);

  constructor(session: Session, endpoint: string) {
    this.#session = session;
    this.#endpoint = endpoint;
  }

  /** Begins to follow; the answer ends it. */
  start(): () => void {
    void this.refresh();
    return this.#session.on((message) => {
      if (message.event === "live" || message.event === "resync") void this.refresh();
      else if (message.event === "readings" && message.data.endpoint === this.#endpoint && message.data.path.startsWith("/2/")) {
        void this.refresh();
      }
    });
  }

  async refresh(): Promise<void> {
    try {
      this.current = await this.#session.host.call("access_get", { endpoint: this.#endpoint });
      this.load = { is: "ready" };
    } catch (error) {
      this.load = { is: "failed", reason: reasonOf(error) };
    }
  }

  /** Asks the device for its rules. */
  async read(): Promise<void> {
    this.reading = true;
    this.failure = undefined;
    try {
      const read = this.#session.host.call("resource_read", { endpoint: this.#endpoint, path: "/2" });
      const { outcome, detail } = await this.#session.operations.ended(read);
      if (outcome !== "success") this.failure = detail ?? "The device did not give its access rules.";
    } catch (error) {
      this.failure = reasonOf(error);
    } finally {
      this.reading = false;
    }
    await this.refresh();
  }

  /** The entries of an instance as they are, or as they were changed. */
  entries(instance: number): AccessEntry[] {
    return this.drafts[instance] ?? this.current?.rows.find((row) => row.instance === instance)?.entries ?? [];
  }

  /** Changes entries without sending them. */
  stage(instance: number, entries: AccessEntry[]): void {
    this.drafts = { ...this.drafts, [instance]: entries };
  }

  discard(instance: number): void {
    const { [instance]: _, ...rest } = this.drafts;
    this.drafts = rest;
  }

  async send(instance: number): Promise<void> {
    const entries = this.drafts[instance];
    if (entries === undefined) return;
    this.sending = instance;
    this.failure = undefined;
    try {
      const put = this.#session.host.call("access_put", { endpoint: this.#endpoint, instance, entries });
      const { outcome, detail } = await this.#session.operations.ended(put);
      if (outcome === "success") this.discard(instance);
      else this.failure = detail ?? "The device did not take the change.";
    } catch (error) {
      this.failure = reasonOf(error);
    } finally {
      this.sending = undefined;
    }
    await this.refresh();
  }
}
