/**
 * Which stretch of time a chart shows: it follows the present over a span, stands
 * still while frozen, or lies where someone zoomed or panned to. Milliseconds since
 * 1970 everywhere; the present is an argument.
 */

/** The narrowest stretch that zooming reaches, in milliseconds. */
const NARROWEST_MS = 20;

/** The widest, in milliseconds: about thirty years. */
const WIDEST_MS = 1e12;

/** Free space right of the present, as a share of the span. */
const AHEAD = 0.01;

export interface Stretch {
  from: number;
  to: number;
}

export class TimeWindow {
  #span: number;
  /** Where someone zoomed or panned to; absent while following. */
  #chosen: Stretch | undefined;
  /** What was shown when the view was frozen. */
  #frozen: Stretch | undefined;
  /** When the first value was taken, for the span of all. */
  first: number | undefined;

  constructor(span: number) {
    this.#span = span;
  }

  get follows(): boolean {
    return this.#chosen === undefined && this.#frozen === undefined;
  }

  get zoomed(): boolean {
    return this.#chosen !== undefined;
  }

  at(now: number): Stretch {
    if (this.#chosen !== undefined) return this.#chosen;
    if (this.#frozen !== undefined) return this.#frozen;
    const span = Number.isFinite(this.#span) ? this.#span : Math.max(60_000, now - (this.first ?? now - 3_600_000));
    return { from: now - span, to: now + span * AHEAD };
  }

  /** Follows the present over a span. */
  follow(span: number): void {
    this.#span = span;
    this.#chosen = undefined;
    this.#frozen = undefined;
  }

  freeze(frozen: boolean, now: number): void {
    this.#frozen = frozen ? this.at(now) : undefined;
  }

  /** Back from zooming and panning. */
  reset(): void {
    this.#chosen = undefined;
  }

  choose(from: number, to: number): void {
    const width = Math.min(WIDEST_MS, Math.max(NARROWEST_MS, to - from));
    const middle = (from + to) / 2;
    this.#chosen = { from: middle - width / 2, to: middle + width / 2 };
  }

  /** Zooms so that the time `around` stays where it is; a factor below 1 comes closer. */
  zoom(factor: number, around: number, now: number): void {
    const { from, to } = this.at(now);
    this.choose(around - (around - from) * factor, around + (to - around) * factor);
  }

  pan(ms: number, now: number): void {
    const { from, to } = this.at(now);
    this.choose(from + ms, to + ms);
  }
}
