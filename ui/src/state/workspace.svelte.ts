/**
 * One device on the desk: its tree with live values, what is open and selected, what
 * was typed and what was asked. It decides nothing about objects or paths; the rows
 * say what they are. The tree's arithmetic is in `workspace-tree.ts`, sending in
 * `workspace-actions.ts`.
 */
import { SvelteMap, SvelteSet } from "svelte/reactivity";

import { HostError, reasonOf, type Device, type DeviceAction, type Format, type JsonValue, type Kind, type Operation, type TreeRow } from "../host";
import type { LoadState } from "./load";
import { numberOf, type Latest } from "./readings";
import type { Session } from "./session.svelte";
import { Asked } from "./workspace-asked.svelte";
import { Charts } from "./workspace-charts.svelte";
import { Composite } from "./workspace-composite.svelte";
import { Console } from "./workspace-console.svelte";
import { Drafts } from "./workspace-drafts.svelte";
import { Findings } from "./workspace-findings.svelte";
import { Large } from "./workspace-large.svelte";
import { needsRead, Tree } from "./workspace-tree";

export const tabs = ["objects", "charts", "composite", "operations", "console", "traffic", "access", "profile", "notes"] as const;
export type Tab = (typeof tabs)[number];

/** Milliseconds in which several reasons to fetch the tree become one fetch. */
const REFRESH_MS = 120;

/** Values that a row's trend line shows. */
const TREND_VALUES = 24;

/** Longest key of the page's own memory, in bytes. */
const KEY_BYTES = 128;

/** Operations after which rows, attributes or observations are others. */
const CHANGES_TREE = new Set([
  "resource_read",
  "resource_discover",
  "attributes_write",
  "instance_create",
  "instance_delete",
  "observation_start",
  "observation_cancel",
  "composite_read",
  "composite_observe",
  "composite_cancel",
  "device_read",
]);

/** A value as a row shows it. */
export interface Shown {
  value: JsonValue;
  kind: Kind | undefined;
  /** Its size in bytes, where `value` is only its beginning. */
  size?: number;
  /** Milliseconds since 1970. */
  at: number;
  /** How it came in; `write` is what was sent and no read has confirmed yet. */
  source: Latest["source"] | "write";
  /** Counts live arrivals, so that each of them flashes once. */
  arrivals: number;
  /** The latest numbers, oldest first. */
  trend: number[];
}

export class Workspace {
  readonly endpoint: string;
  readonly session: Session;
  readonly asked: Asked;
  readonly drafts: Drafts;
  readonly charts: Charts;
  readonly composite: Composite;
  readonly console: Console;
  readonly findings: Findings;
  readonly large: Large;

  device = $state.raw<Device | undefined>(undefined);
  /** Whether the program knows no such device (any more). */
  unknown = $state(false);
  load = $state<LoadState>({ is: "loading" });
  tree = $state.raw(new Tree([]));
  /** What the device can be told to do with one press. */
  triggers = $state.raw<DeviceAction[]>([]);
  readonly values = new SvelteMap<string, Shown>();
  readonly expanded = new SvelteSet<string>();
  selected = $state<string | undefined>(undefined);
  /** The row whose value is being typed. */
  editing = $state<string | undefined>(undefined);
  filter = $state("");
  tab = $state<Tab>("objects");

  readonly visible = $derived(this.tree.visible(this.expanded, this.filter));
  readonly row = $derived(this.tree.get(this.selected));

  /** When a path was last read to success, in milliseconds since 1970. */
  readonly #readAt = new Map<string, number>();
  #refresh: ReturnType<typeof setTimeout> | undefined;
  #ends: (() => void)[] = [];

  constructor(session: Session, endpoint: string) {
    this.endpoint = endpoint;
    this.session = session;
    this.asked = new Asked(session.operations, endpoint);
    this.drafts = new Drafts(session.views, viewKey("drafts", endpoint));
    this.charts = new Charts(session.views, viewKey("charts", endpoint));
    this.composite = new Composite(session, endpoint, viewKey("composite", endpoint));
    this.console = new Console(session, endpoint);
    this.findings = new Findings(session, endpoint);
    this.large = new Large(this);
  }

  /** Begins to follow the device; the answer ends it. */
  start(): () => void {
    this.#ends = [
      this.session.devices.follow(this.endpoint, (device) => this.#takeDevice(device)),
      this.session.readings.watchDevice(this.endpoint, (changed) => this.#takeValues(changed)),
      this.session.on((message) => {
        if (message.event === "operation") this.#takeOperation(message.data);
        else if (message.event === "live" || message.event === "resync") this.refreshSoon();
      }),
      this.composite.start(),
    ];
    void this.#begin();
    return () => this.#end();
  }

  /** Fetches the rows anew, keeping the old ones on the screen meanwhile. */
  async refresh(): Promise<void> {
    clearTimeout(this.#refresh);
    this.#refresh = undefined;
    try {
      const { rows, actions } = await this.session.host.call("tree_get", { endpoint: this.endpoint });
      this.tree = new Tree(rows);
      this.triggers = actions;
      for (const row of rows) this.#takeRow(row);
      this.load = { is: "ready" };
    } catch (error) {
      this.load = { is: "failed", reason: reasonOf(error) };
      // It registered while the answer was under way.
      if (error instanceof HostError && error.code === "unknown_device" && this.device) this.refreshSoon();
    }
  }

  refreshSoon(): void {
    this.#refresh ??= setTimeout(() => void this.refresh(), REFRESH_MS);
  }

  select(path: string | undefined): void {
    this.selected = path;
    if (path !== undefined) this.session.desk.select({ endpoint: this.endpoint, path });
    this.#keep();
  }

  show(tab: Tab): void {
    this.tab = tab;
    this.#keep();
  }

  /** Opens a node and reads it if its values are not fresh. */
  open(path: string): void {
    this.expanded.add(path);
    this.#readIfStale(path);
    this.#keep();
  }

  close(path: string): void {
    this.expanded.delete(path);
    // The selection stays on the screen.
    if (this.selected !== undefined && this.selected !== path && this.tree.within(this.selected, path)) {
      this.select(path);
    }
    this.#keep();
  }

  toggle(path: string): void {
    if (this.expanded.has(path)) this.close(path);
    else this.open(path);
  }

  openAll(): void {
    for (const { path } of this.tree.objects) this.open(path);
  }

  closeAll(): void {
    this.expanded.clear();
    this.#keep();
  }

  /** Remembers that a path was read, so that opening it does not read it again. */
  noteRead(path: string): void {
    this.#readAt.set(path, Date.now());
  }

  /** Shows what was sent until the device says what it has. */
  noteWritten(path: string, kind: Kind, value: JsonValue): void {
    const before = this.values.get(path);
    this.values.set(path, {
      value,
      kind,
      at: Date.now(),
      source: "write",
      arrivals: before?.arrivals ?? 0,
      trend: before?.trend ?? [],
    });
  }

  async #begin(): Promise<void> {
    const kept = this.session.views.load(viewKey("tree", this.endpoint));
    await Promise.all([this.refresh(), this.drafts.restore(), this.charts.restore(), this.composite.restore()]);
    this.#restore(await kept);
    this.asked.resume();
    // Parents first: what is read with its object is not read again by itself.
    for (const { path } of this.tree.rows) if (this.expanded.has(path)) this.#readIfStale(path);
  }

  #end(): void {
    clearTimeout(this.#refresh);
    for (const end of this.#ends) end();
    this.#ends = [];
  }

  #restore(kept: JsonValue): void {
    if (typeof kept !== "object" || kept === null || Array.isArray(kept)) {
      this.#openKnown();
      return;
    }
    for (const path of Array.isArray(kept.expanded) ? kept.expanded : []) {
      if (typeof path === "string") this.expanded.add(path);
    }
    if (typeof kept.selected === "string") this.selected ??= kept.selected;
    this.tab = tabs.find((tab) => tab === kept.tab) ?? "objects";
  }

  /** At first sight of a device, what is known of it lies open. */
  #openKnown(): void {
    for (const row of this.tree.rows) {
      if (row.value === undefined) continue;
      for (const above of this.tree.ancestors(row.path)) this.expanded.add(above.path);
    }
  }

  #keep(): void {
    const { tab, selected } = this;
    this.session.views.save(viewKey("tree", this.endpoint), {
      tab,
      selected: selected ?? null,
      expanded: [...this.expanded],
    });
  }

  #takeDevice(device: Device | undefined): void {
    const before = this.device;
    this.unknown = device === undefined;
    this.device = device;
    if (device === undefined) return;
    if (before === undefined) {
      // Opened before it had registered, e.g. a simulated one that has just been started.
      if (this.load.is === "failed") this.refreshSoon();
      return;
    }
    const changed = JSON.stringify(before.objects) !== JSON.stringify(device.objects);
    if (changed || before.registration_id !== device.registration_id) this.refreshSoon();
  }

  #takeOperation(operation: Operation): void {
    if (operation.endpoint !== this.endpoint) return;
    this.asked.take(operation);
    const done = operation.state === "ended" && operation.outcome === "success";
    if (done && CHANGES_TREE.has(operation.name)) this.refreshSoon();
  }

  #takeRow(row: TreeRow): void {
    if (row.value === undefined || row.value === null) return;
    const before = this.values.get(row.path);
    const at = row.at ?? 0;
    if (before !== undefined && before.at >= at) return;
    this.values.set(row.path, {
      value: row.value,
      kind: row.kind,
      ...(row.size === undefined ? {} : { size: row.size }),
      at,
      source: row.source ?? "read",
      arrivals: before?.arrivals ?? 0,
      trend: before?.trend ?? trendOf(row, row.value, []),
    });
  }

  #takeValues(changed: Map<string, Latest>): void {
    for (const [path, { kind, value, size, at, source }] of changed) {
      const row = this.tree.get(path);
      if (row === undefined) this.refreshSoon();
      const before = this.values.get(path);
      // What was sent is confirmed or put right by anything that the device says.
      if (before !== undefined && before.source !== "write" && before.at > at) continue;
      this.values.set(path, {
        value,
        kind,
        ...(size === undefined ? {} : { size }),
        at,
        source,
        arrivals: (before?.arrivals ?? 0) + 1,
        trend: trendOf(row, value, before?.trend ?? []),
      });
    }
  }

  #readIfStale(path: string): void {
    const row = this.tree.get(path);
    if (row === undefined || this.device?.online === false) return;
    const covering = [row, ...this.tree.ancestors(path)];
    if (covering.some((one) => this.asked.running.has(one.path))) return;
    const readAt = Math.max(...covering.map((one) => this.#readAt.get(one.path) ?? 0));
    const at = (below: TreeRow) => this.values.get(below.path)?.at;
    if (needsRead(this.tree.branch(path), at, readAt, Date.now())) void this.read(path);
  }

  /** Reads a row; the format is the most compact one the device offers unless told. */
  async read(path: string, format?: Format): Promise<boolean> {
    const { endpoint } = this;
    const done = await this.asked.run(path, "resource_read", () =>
      this.session.host.call("resource_read", { endpoint, path, ...(format === undefined ? {} : { format }) }),
    );
    if (done === undefined) return false;
    this.noteRead(path);
    return true;
  }
}

function trendOf(row: TreeRow | undefined, value: JsonValue, before: number[]): number[] {
  const number = row?.numeric === true ? numberOf(value) : Number.NaN;
  return Number.isFinite(number) ? [...before.slice(1 - TREND_VALUES), number] : before;
}

/** A key for the page's own memory; endpoint names may be longer than a key. */
export function viewKey(what: string, endpoint: string): string {
  const key = `workspace.${what}.${endpoint}`;
  if (new TextEncoder().encode(key).length <= KEY_BYTES) return key;
  let sum = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(endpoint)) {
    sum = BigInt.asUintN(64, (sum ^ BigInt(byte)) * 0x100000001b3n);
  }
  return `workspace.${what}.#${sum.toString(16)}`;
}
