/**
 * Notification attributes of one place: what is attached where, what counts, what was
 * typed and not sent. What an attribute means and takes, the program says.
 */
import { HostError, reasonOf, type AttributesGetResponse, type EditableAttribute } from "../host";
import type { Workspace } from "./workspace.svelte";

export class Attributes {
  readonly #workspace: Workspace;
  readonly path: string;

  current = $state.raw<AttributesGetResponse | undefined>(undefined);
  /** Texts by name, where they differ from what the place has. */
  typed = $state<Record<string, string>>({});
  failure = $state<string | undefined>(undefined);
  /** Whether the program would send it all the same, if told to. */
  forcible = $state(false);
  /** What is odd about what was written, in sentences. */
  warnings = $state.raw<string[]>([]);
  running = $state(false);

  readonly changed = $derived(
    (this.current?.editable ?? []).filter(({ name }) => (this.typed[name] ?? this.own(name)) !== this.own(name)),
  );

  constructor(workspace: Workspace, path: string) {
    this.#workspace = workspace;
    this.path = path;
  }

  async refresh(): Promise<void> {
    const { endpoint, session } = this.#workspace;
    try {
      this.current = await session.host.call("attributes_get", { endpoint, path: this.path });
    } catch (error) {
      this.failure = reasonOf(error);
    }
  }

  /** What this very place has, as text; empty if nothing is attached here. */
  own(name: string): string {
    const here = this.current?.levels.find(({ path }) => path === this.current?.path);
    const value = here?.attributes[name];
    return value === undefined ? "" : String(value);
  }

  /** What counts here though it is attached elsewhere. */
  inherited({ name }: EditableAttribute): { value: number; from: string } | undefined {
    const counts = this.current?.in_force[name];
    return counts === undefined || counts.from === this.current?.path ? undefined : counts;
  }

  discard(): void {
    this.typed = {};
    this.failure = undefined;
    this.forcible = false;
  }

  /** Writes what was typed; `unchecked` sends even what contradicts itself. */
  async write(unchecked = false): Promise<void> {
    const { endpoint, session } = this.#workspace;
    const attributes: Record<string, number | null> = {};
    for (const { name } of this.changed) {
      const text = (this.typed[name] ?? "").trim().replace(",", ".");
      const value = text === "" ? null : Number(text);
      if (value !== null && !Number.isFinite(value)) {
        this.failure = `${name} takes a number; empty removes it.`;
        return;
      }
      attributes[name] = value;
    }
    this.running = true;
    this.failure = undefined;
    this.forcible = false;
    try {
      const started = await session.host.call("attributes_write", {
        endpoint,
        path: this.path,
        attributes,
        ...(unchecked ? { unchecked } : {}),
      });
      this.warnings = started.warnings ?? [];
      const { outcome, detail } = await session.operations.ended(Promise.resolve(started));
      if (outcome === "success") this.typed = {};
      else this.failure = detail ?? "The device did not take the attributes.";
    } catch (error) {
      this.failure = reasonOf(error);
      this.forcible = error instanceof HostError && error.code === "invalid_value" && !unchecked;
    } finally {
      this.running = false;
    }
    await this.refresh();
  }
}
