/**
 * Live values, outside the framework: numeric ones in ring buffers of typed
 * arrays, handed to whoever watches once per animation frame. It keeps no
 * history: `reading_chart` and `reading_history` have that. Only what is watched
 * is kept at all.
 */
import type { JsonValue, Kind, ReadingsEvent } from "../host";

/** Points that a ring holds; older ones are to be fetched. */
export const RING_POINTS = 16_384;

/** The latest points of one resource, ascending in the order of arrival. */
export class Ring {
  readonly #t: Float64Array;
  readonly #v: Float64Array;
  #end = 0;

  constructor(points = RING_POINTS) {
    this.#t = new Float64Array(points);
    this.#v = new Float64Array(points);
  }

  /** How many points there are. */
  get length(): number {
    return Math.min(this.#end, this.#t.length);
  }

  /** How many points ever came in; a reader remembers it to see what is new. */
  get written(): number {
    return this.#end;
  }

  push(t: number, v: number): void {
    const at = this.#end % this.#t.length;
    this.#t[at] = t;
    this.#v[at] = v;
    this.#end += 1;
  }

  /** Points after the first `written` ones, oldest first: at most what is held. */
  since(written: number): { t: Float64Array; v: Float64Array } {
    const count = Math.max(0, Math.min(this.#end - written, this.length));
    const t = new Float64Array(count);
    const v = new Float64Array(count);
    for (let i = 0; i < count; i += 1) {
      const at = (this.#end - count + i) % this.#t.length;
      t[i] = this.#t[at] ?? Number.NaN;
      v[i] = this.#v[at] ?? Number.NaN;
    }
    return { t, v };
  }
}

/** The newest value of a path. */
export interface Latest {
  path: string;
  kind: Kind;
  value: JsonValue;
  /** Its size in bytes, where `value` is only its beginning. */
  size?: number;
  /** Milliseconds since 1970. */
  at: number;
  source: ReadingsEvent["source"];
}

type DeviceWatcher = (changed: Map<string, Latest>) => void;

/** Runs a function once before the next paint. */
export type Frame = (draw: () => void) => void;

export class Readings {
  readonly #frame: Frame;
  readonly #rings = new Map<string, { ring: Ring; watchers: Set<() => void> }>();
  readonly #devices = new Map<string, Set<DeviceWatcher>>();
  #dirtyRings = new Set<string>();
  #dirtyDevices = new Map<string, Map<string, Latest>>();
  #scheduled = false;

  constructor(frame: Frame = (draw) => void requestAnimationFrame(draw)) {
    this.#frame = frame;
  }

  /** Takes in a batch from the event stream. */
  push(event: ReadingsEvent): void {
    const last = event.t.length - 1;
    if (last < 0) return;
    const key = keyOf(event.endpoint, event.path);
    const entry = this.#rings.get(key);
    if (entry) {
      event.t.forEach((t, i) => entry.ring.push(t, numberOf(event.v[i])));
      this.#dirtyRings.add(key);
    }
    if (this.#devices.has(event.endpoint)) {
      const { path, kind, source } = event;
      const changed = this.#dirtyDevices.get(event.endpoint) ?? new Map<string, Latest>();
      const size = event.sizes?.[last] || undefined;
      const latest = { path, kind, source, value: event.v[last] ?? null, at: event.t[last] ?? 0 };
      changed.set(path, size === undefined ? latest : { ...latest, size });
      this.#dirtyDevices.set(event.endpoint, changed);
    }
    this.#schedule();
  }

  /** Watches one resource; `onframe` runs once per frame in which it changed. */
  watch(endpoint: string, path: string, onframe: () => void): { ring: Ring; end: () => void } {
    const key = keyOf(endpoint, path);
    const entry = this.#rings.get(key) ?? { ring: new Ring(), watchers: new Set<() => void>() };
    this.#rings.set(key, entry);
    // A wrapper of its own: the same function may watch twice.
    const watcher = () => onframe();
    entry.watchers.add(watcher);
    const end = () => {
      entry.watchers.delete(watcher);
      if (entry.watchers.size === 0) this.#rings.delete(key);
    };
    return { ring: entry.ring, end };
  }

  /** Watches all values of a device; gets the newest one of each changed path. */
  watchDevice(endpoint: string, onframe: DeviceWatcher): () => void {
    const watchers = this.#devices.get(endpoint) ?? new Set<DeviceWatcher>();
    this.#devices.set(endpoint, watchers);
    const watcher: DeviceWatcher = (changed) => onframe(changed);
    watchers.add(watcher);
    return () => {
      watchers.delete(watcher);
      if (watchers.size === 0) this.#devices.delete(endpoint);
    };
  }

  #schedule(): void {
    if (this.#scheduled || (this.#dirtyRings.size === 0 && this.#dirtyDevices.size === 0)) return;
    this.#scheduled = true;
    this.#frame(() => this.#draw());
  }

  #draw(): void {
    this.#scheduled = false;
    const rings = this.#dirtyRings;
    const devices = this.#dirtyDevices;
    this.#dirtyRings = new Set();
    this.#dirtyDevices = new Map();
    for (const [endpoint, changed] of devices) {
      for (const watcher of this.#devices.get(endpoint) ?? []) watcher(changed);
    }
    for (const key of rings) {
      for (const watcher of this.#rings.get(key)?.watchers ?? []) watcher();
    }
  }
}

/** The number to draw for a value; NaN where there is none. */
export function numberOf(value: JsonValue | undefined): number {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "string" && value.trim() !== "") return Number(value);
  return Number.NaN;
}

function keyOf(endpoint: string, path: string): string {
  return `${endpoint}\n${path}`;
}
