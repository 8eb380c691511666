/**
 * The points of one curve: history as it was fetched, live points behind it, in typed
 * arrays that grow. It knows time and numbers only: no resource, no screen. What makes
 * a gap is decided here, so that lines break where nothing was reported.
 */

/** Points that a new trace has room for. */
const ROOM = 1_024;

/** Distances that the typical one is taken from. */
const SAMPLES = 129;

/** A distance this many times the typical one is a gap. */
const GAP_FACTOR = 6;

export class Trace {
  #t = new Float64Array(ROOM);
  #v = new Float64Array(ROOM);
  #length = 0;
  #typical: number | undefined;

  get length(): number {
    return this.#length;
  }

  /** Milliseconds since 1970 of the newest point. */
  get last(): number | undefined {
    return this.#length === 0 ? undefined : this.#t[this.#length - 1];
  }

  get lastValue(): number | undefined {
    return this.#length === 0 ? undefined : this.#v[this.#length - 1];
  }

  /** Times and values of the points `from` to `to`, without copying. */
  slice(from: number, to: number): [t: Float64Array, v: Float64Array] {
    return [this.#t.subarray(from, to), this.#v.subarray(from, to)];
  }

  /** Puts fetched points in place of all there were, but keeps newer live ones. */
  replace(t: readonly number[], v: readonly number[]): void {
    const until = t.at(-1) ?? Number.NEGATIVE_INFINITY;
    const keep = this.upTo(until);
    const [liveT, liveV] = [this.#t.slice(keep, this.#length), this.#v.slice(keep, this.#length)];
    this.#length = 0;
    this.#grow(t.length + liveT.length);
    this.#t.set(t);
    this.#v.set(v);
    this.#t.set(liveT, t.length);
    this.#v.set(liveV, t.length);
    this.#length = t.length + liveT.length;
    this.#typical = undefined;
  }

  /** Adds a live point; one that comes late goes where its time belongs. */
  push(t: number, v: number): void {
    if (!Number.isFinite(t)) return;
    this.#grow(this.#length + 1);
    let at = this.#length;
    if ((this.last ?? t) > t) {
      at = this.upTo(t);
      this.#t.copyWithin(at + 1, at, this.#length);
      this.#v.copyWithin(at + 1, at, this.#length);
    }
    this.#t[at] = t;
    this.#v[at] = v;
    this.#length += 1;
    // The typical distance changes slowly.
    if (this.#length % 64 === 0 || this.#length < 16) this.#typical = undefined;
  }

  /** Forgets what is older. */
  trim(before: number): void {
    const cut = this.upTo(before);
    if (cut === 0) return;
    this.#t.copyWithin(0, cut, this.#length);
    this.#v.copyWithin(0, cut, this.#length);
    this.#length -= cut;
  }

  /** How many points are not later than `t`. */
  upTo(t: number): number {
    let [low, high] = [0, this.#length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#t[middle] ?? Number.NaN) <= t) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The points to draw for a span: those inside, and one neighbour on each side. */
  window(from: number, to: number): [first: number, end: number] {
    const first = Math.max(0, this.upTo(from) - 1);
    return [first, Math.min(this.#length, this.upTo(to) + 1)];
  }

  /** How many points lie in a span. */
  count(from: number, to: number): number {
    return this.upTo(to) - this.upTo(from);
  }

  /** Lowest and highest number of what a span shows; nothing if it shows none. */
  extent(from: number, to: number): [low: number, high: number] | undefined {
    const [first, end] = this.window(from, to);
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let i = first; i < end; i += 1) {
      const v = this.#v[i] ?? Number.NaN;
      if (!Number.isFinite(v)) continue;
      if (v < low) low = v;
      if (v > high) high = v;
    }
    return low <= high ? [low, high] : undefined;
  }

  /** The point nearest in time. */
  nearest(t: number): number | undefined {
    if (this.#length === 0) return undefined;
    const after = Math.min(this.#length - 1, this.upTo(t));
    const before = Math.max(0, after - 1);
    return t - (this.#t[before] ?? t) <= (this.#t[after] ?? t) - t ? before : after;
  }

  at(index: number): { t: number; v: number } {
    return { t: this.#t[index] ?? Number.NaN, v: this.#v[index] ?? Number.NaN };
  }

  /** Two points further apart than this are not joined: between them nothing was reported. */
  gap(columnMs: number): number {
    // A few points say nothing about a rhythm.
    if (this.#length < 4) return Number.POSITIVE_INFINITY;
    this.#typical ??= this.#typicalDistance();
    return Math.max(GAP_FACTOR * this.#typical, 4 * columnMs);
  }

  #typicalDistance(): number {
    const step = Math.max(1, Math.floor((this.#length - 1) / SAMPLES));
    const distances: number[] = [];
    for (let i = this.#length - 1; i > 0 && distances.length < SAMPLES; i -= step) {
      distances.push((this.#t[i] ?? 0) - (this.#t[i - 1] ?? 0));
    }
    distances.sort((a, b) => a - b);
    // Above the middle: reduced history alternates between short and long distances.
    return distances[Math.floor(distances.length * 0.7)] ?? 0;
  }

  #grow(length: number): void {
    if (length <= this.#t.length) return;
    const room = Math.max(length, 2 * this.#t.length);
    const [t, v] = [new Float64Array(room), new Float64Array(room)];
    t.set(this.#t.subarray(0, this.#length));
    v.set(this.#v.subarray(0, this.#length));
    [this.#t, this.#v] = [t, v];
  }
}
