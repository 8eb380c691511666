/**
 * The device list as a window onto the program's own: rows are fetched page by
 * page for what is in view, and patched by events. However many devices there
 * are, the page holds a few hundred of them.
 */
import { HostError, reasonOf, type Device, type DeviceEvent, type DeviceOrder, type Host } from "../host";
import { gathered } from "./batch";
import type { LoadState } from "./load";

/** Rows fetched at a time. */
export const PAGE_ROWS = 100;

/** Pages held; those farthest from the view go first. */
const PAGES_HELD = 12;

/** Milliseconds of typing before the filter is asked for. */
const TYPING_MS = 90;

/** Milliseconds between two refreshes that events make necessary. */
const REFRESH_MS = 700;

export class Devices {
  readonly #host: Host;
  #pages = $state.raw(new Map<number, Device[]>());
  #asked = new Set<number>();
  #view = { first: 0, last: PAGE_ROWS - 1 };
  /** Answers of an older filter or order are dropped. */
  #generation = 0;
  #typing: ReturnType<typeof setTimeout> | undefined;
  #refresh: ReturnType<typeof setTimeout> | undefined;
  #renewing = false;
  #renewAgain = false;
  #lastCounts: string | undefined;
  /** The newest change of each device since rows were patched last. */
  #changed = new Map<string, Device | undefined>();
  readonly #patchSoon = gathered(() => this.#patchRows());
  readonly #followed = new Map<string, Set<(device: Device | undefined) => void>>();

  /** As typed; part of an endpoint name, alias or tag. */
  filter = $state("");
  /** The filter that the rows and counts at hand belong to. */
  answered = $state("");
  order = $state<DeviceOrder>("endpoint");
  /** Leaves out devices that are not registered. */
  onlyOnline = $state(false);
  /** Rows that match the filter. */
  total = $state(0);
  /** Of those, the registered ones. */
  online = $state(0);
  load = $state<LoadState>({ is: "loading" });

  constructor(host: Host) {
    this.#host = host;
  }

  /** The row at an index of the filtered list, if it has been fetched. */
  row(index: number): Device | undefined {
    return this.#pages.get(Math.floor(index / PAGE_ROWS))?.[index % PAGE_ROWS];
  }

  /** The index of a device among the rows at hand. */
  indexOf(endpoint: string): number | undefined {
    for (const [page, rows] of this.#pages) {
      const at = rows.findIndex((device) => device.endpoint === endpoint);
      if (at >= 0) return page * PAGE_ROWS + at;
    }
    return undefined;
  }

  /** Says which rows are in view; what is missing is fetched. */
  show(first: number, last: number): void {
    this.#view = { first, last };
    for (const page of this.#pagesInView()) {
      if (!this.#pages.has(page)) void this.#fetch(page);
    }
  }

  setFilter(text: string): void {
    this.filter = text;
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => void this.reload(), TYPING_MS);
  }

  setOnlyOnline(only: boolean): void {
    this.onlyOnline = only;
    void this.reload();
  }

  setOrder(order: DeviceOrder): void {
    this.order = order;
    void this.reload();
  }

  /** Fetches what is in view anew, keeping the old rows on the screen meanwhile. */
  async reload(): Promise<void> {
    clearTimeout(this.#typing);
    this.#generation += 1;
    this.#asked.clear();
    const generation = this.#generation;
    const wanted = this.#pagesInView();
    const pages = await Promise.all(wanted.map((page) => this.#request(page)));
    if (generation !== this.#generation) return;
    const fresh = new Map<number, Device[]>();
    wanted.forEach((page, i) => {
      const rows = pages[i];
      if (rows) fresh.set(page, rows);
    });
    if (pages.every((rows) => rows !== undefined)) this.#pages = fresh;
  }

  /** Follows one device, whether or not it is in the list's view. */
  follow(endpoint: string, listener: (device: Device | undefined) => void): () => void {
    const listeners = this.#followed.get(endpoint) ?? new Set();
    this.#followed.set(endpoint, listeners);
    listeners.add(listener);
    this.#tell(endpoint).catch(() => {});
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#followed.delete(endpoint);
    };
  }

  /** After a gap in the events: everything at hand may have changed. */
  async resync(): Promise<void> {
    for (const endpoint of this.#followed.keys()) this.#tell(endpoint).catch(() => {});
    await this.#renew();
  }

  /** Takes in an event; of many for one device the last one counts. */
  apply({ endpoint, device }: DeviceEvent): void {
    this.#changed.set(endpoint, device);
    this.#patchSoon();
  }

  /** Takes in the number of devices in all: another one means that rows came or went. */
  noteCount(devices: number, online: number): void {
    const known = `${devices}/${online}`;
    const changed = this.#lastCounts !== undefined && this.#lastCounts !== known;
    this.#lastCounts = known;
    if (changed) this.#refreshSoon();
  }

  async #tell(endpoint: string): Promise<void> {
    const device = await this.#host.call("device_get", { endpoint }).catch((error: unknown) => {
      // Not reached is not gone.
      if (error instanceof HostError && error.code === "unknown_device") return undefined;
      throw error;
    });
    for (const listener of this.#followed.get(endpoint) ?? []) listener(device);
  }

  #patchRows(): void {
    const changed = this.#changed;
    this.#changed = new Map();
    for (const [endpoint, device] of changed) {
      for (const listener of this.#followed.get(endpoint) ?? []) listener(device);
    }
    const pages = new Map<number, Device[]>();
    for (const [page, rows] of this.#pages) {
      pages.set(page, rows.some(({ endpoint }) => changed.has(endpoint)) ? this.#patched(rows, changed) : rows);
    }
    this.#pages = pages;
    // What is left was not at hand: new, if everything is.
    const appears = this.#holdsAll() && [...changed.values()].some((device) => device !== undefined);
    if (appears || this.order !== "endpoint") this.#refreshSoon();
  }

  /** Rows with their changes, which are taken off the list. */
  #patched(rows: Device[], changed: Map<string, Device | undefined>): Device[] {
    return rows.map((row) => {
      if (!changed.has(row.endpoint)) return row;
      const device = changed.get(row.endpoint);
      changed.delete(row.endpoint);
      // Forgotten: the rows below move up.
      if (device === undefined) this.#refreshSoon();
      else if (device.online !== row.online) this.online += device.online ? 1 : -1;
      return device ?? row;
    });
  }

  /** Whether every matching row is at hand, so that an unknown one must be new. */
  #holdsAll(): boolean {
    let held = 0;
    for (const rows of this.#pages.values()) held += rows.length;
    return held >= this.total;
  }

  #refreshSoon(): void {
    this.#refresh ??= setTimeout(() => {
      this.#refresh = undefined;
      void this.#renew();
    }, REFRESH_MS);
  }

  /** Fetches anew because of events, one at a time: in a storm of them no answer would be in time to count. */
  async #renew(): Promise<void> {
    this.#renewAgain = this.#renewing;
    if (this.#renewing) return;
    this.#renewing = true;
    await this.reload();
    this.#renewing = false;
    if (this.#renewAgain) this.#refreshSoon();
  }

  async #fetch(page: number): Promise<void> {
    if (this.#asked.has(page)) return;
    this.#asked.add(page);
    const generation = this.#generation;
    const rows = await this.#request(page);
    if (generation !== this.#generation) return;
    this.#asked.delete(page);
    if (rows) this.#pages = this.#withinLimit(new Map(this.#pages).set(page, rows));
  }

  async #request(page: number): Promise<Device[] | undefined> {
    const generation = this.#generation;
    const filter = this.filter.trim();
    try {
      const answer = await this.#host.call("device_list", {
        limit: PAGE_ROWS,
        offset: page * PAGE_ROWS,
        order: this.order,
        ...(filter === "" ? {} : { filter }),
        ...(this.onlyOnline ? { online: true } : {}),
      });
      if (generation === this.#generation) {
        this.total = answer.total;
        this.online = answer.online;
        this.answered = filter;
        this.load = { is: "ready" };
      }
      return answer.devices;
    } catch (error) {
      if (generation === this.#generation) this.load = { is: "failed", reason: reasonOf(error) };
      return undefined;
    }
  }

  #pagesInView(): number[] {
    const first = Math.floor(Math.max(0, this.#view.first) / PAGE_ROWS);
    const last = Math.floor(Math.max(this.#view.first, this.#view.last) / PAGE_ROWS);
    return Array.from({ length: Math.min(last - first + 1, PAGES_HELD) }, (_, i) => first + i);
  }

  #withinLimit(pages: Map<number, Device[]>): Map<number, Device[]> {
    const middle = (this.#view.first + this.#view.last) / 2 / PAGE_ROWS;
    const byDistance = [...pages.keys()].sort((a, b) => Math.abs(b - middle) - Math.abs(a - middle));
    for (const page of byDistance.slice(0, Math.max(0, pages.size - PAGES_HELD))) pages.delete(page);
    return pages;
  }
}
