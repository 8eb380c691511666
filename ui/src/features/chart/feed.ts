/**
 * The points of a chart's curves: history from `reading_chart`, reduced to the pixels
 * at hand, and behind it what comes in live through the rings of `Readings`. It draws
 * nothing and decides no span.
 */
import { numberOf, type Ring, type Series, type Session } from "../../state";
import { Trace } from "./trace";

/** One curve's points and what is known of its resource. */
export interface Line {
  series: Series;
  trace: Trace;
  /** From the definition; empty until the first answer. */
  name: string;
  unit: string;
}

interface Fed extends Line {
  ring: Ring;
  /** Points of the ring that the trace already has. */
  taken: number;
  end: () => void;
}

export class Feed {
  readonly #session: Session;
  readonly #onpoints: () => void;
  #lines: Fed[] = [];
  /** An answer to an older question is dropped. */
  #asked = 0;
  /** Live points since the last answer. */
  #live = 0;

  /** `onpoints` is called once per frame in which a value came in. */
  constructor(session: Session, onpoints: () => void) {
    this.#session = session;
    this.#onpoints = onpoints;
  }

  get lines(): readonly Line[] {
    return this.#lines;
  }

  /** Live points since history was fetched; many of them are worth a new reduction. */
  get liveSinceLoad(): number {
    return this.#live;
  }

  /** Follows these resources; the points of those that stay are kept. */
  setSeries(series: readonly Series[]): void {
    const before = this.#lines;
    this.#lines = series.map((one) => before.find((line) => same(line.series, one)) ?? this.#begin(one));
    for (const line of before) if (!this.#lines.includes(line)) line.end();
  }

  /** Moves what came in live into the traces; the answer says how many points. */
  take(): number {
    let count = 0;
    for (const line of this.#lines) {
      if (line.ring.written === line.taken) continue;
      const { t, v } = line.ring.since(line.taken);
      line.taken = line.ring.written;
      count += t.length;
      t.forEach((time, i) => line.trace.push(time, v[i] ?? Number.NaN));
    }
    this.#live += count;
    return count;
  }

  /** Fetches the history of a stretch. Throws `HostError`; false if it was overtaken. */
  async load(from: number, to: number, columns: number): Promise<boolean> {
    this.#asked += 1;
    const asked = this.#asked;
    const lines = this.#lines;
    const endpoints = [...new Set(lines.map(({ series }) => series.endpoint))];
    const answers = await Promise.all(
      endpoints.map(async (endpoint) => {
        const paths = lines.filter(({ series }) => series.endpoint === endpoint).map(({ series }) => series.path);
        const request = { endpoint, paths, from: Math.floor(from), to: Math.ceil(to), columns };
        return { endpoint, series: (await this.#session.host.call("reading_chart", request)).series };
      }),
    );
    if (asked !== this.#asked) return false;
    this.take();
    this.#live = 0;
    for (const { endpoint, series } of answers) {
      for (const curve of series) {
        const line = this.#lines.find((one) => same(one.series, { endpoint, path: curve.path }));
        if (line === undefined) continue;
        line.trace.replace(curve.t, curve.v.map(numberOf));
        line.name = curve.name;
        line.unit = curve.unit ?? "";
      }
    }
    return true;
  }

  /** About when the first value of any curve was taken; nothing if there is none. */
  async first(now: number): Promise<number | undefined> {
    let from = 0;
    // Each question narrows the place down to one of a thousand columns.
    for (let narrowed = 0; narrowed < 2; narrowed += 1) {
      const found = await this.#firstAfter(from, now);
      if (found === undefined) return undefined;
      from = Math.max(from, found - (now - from) / FIRST_COLUMNS);
    }
    return from;
  }

  end(): void {
    this.setSeries([]);
  }

  async #firstAfter(from: number, to: number): Promise<number | undefined> {
    const endpoints = [...new Set(this.#lines.map(({ series }) => series.endpoint))];
    const times: number[] = [];
    for (const endpoint of endpoints) {
      const paths = this.#lines.filter(({ series }) => series.endpoint === endpoint).map(({ series }) => series.path);
      const request = { endpoint, paths, from: Math.floor(from), to: Math.ceil(to), columns: FIRST_COLUMNS };
      const { series } = await this.#session.host.call("reading_chart", request);
      for (const { t } of series) if (t[0] !== undefined) times.push(t[0]);
    }
    return times.length === 0 ? undefined : Math.min(...times);
  }

  #begin(series: Series): Fed {
    const { ring, end } = this.#session.readings.watch(series.endpoint, series.path, this.#onpoints);
    return { series, trace: new Trace(), name: "", unit: "", ring, taken: ring.written, end };
  }
}

/** Columns in which the first value is looked for. */
const FIRST_COLUMNS = 1_000;

function same(a: Series, b: Series): boolean {
  return a.endpoint === b.endpoint && a.path === b.path;
}
