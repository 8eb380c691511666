/**
 * Which charts a device's workspace has, what they show and over which span. It holds
 * no points: those are fetched for the pixels at hand and appended from `Readings`.
 * `Views` keeps the list, so that charts are there again after a restart.
 */
import type { JsonValue } from "../host";
import { sameSeries, type Series } from "./desk.svelte";
import { spanFrom, type Span } from "./spans";
import type { Views } from "./views";

/** Resources that one chart shows at most; the program answers for no more. */
export const SERIES_LIMIT = 12;

/** Colours that the visual language has for curves. */
const COLOURS = 6;

/** One chart: what it shows, and how it is looked at. */
export class ChartView {
  readonly id: string;
  series = $state.raw<Series[]>([]);
  span = $state<Span>("5 min");
  /** The view stands still while data keep coming. */
  frozen = $state(false);
  asTable = $state(false);
  /** Nobody chose the span yet: the first look at the history does. */
  fresh = false;

  /** A curve keeps its colour while others come and go. */
  readonly #colours = new Map<string, number>();

  constructor(id: string, series: Series[], span: Span = "5 min") {
    this.id = id;
    this.series = series.slice(0, SERIES_LIMIT);
    this.span = span;
  }

  shows(series: Series): boolean {
    return this.series.some((other) => sameSeries(other, series));
  }

  /** Whether the chart shows it now: a full chart takes no more. */
  add(series: Series): boolean {
    if (this.shows(series)) return true;
    if (this.series.length >= SERIES_LIMIT) return false;
    this.series = [...this.series, series];
    return true;
  }

  remove(series: Series): void {
    this.series = this.series.filter((other) => !sameSeries(other, series));
    this.#colours.delete(keyOf(series));
  }

  /** The custom property of a curve's colour. */
  colourOf(series: Series): string {
    const key = keyOf(series);
    let slot = this.#colours.get(key);
    if (slot === undefined) {
      const taken = new Set([...this.#colours.values()]);
      slot = 0;
      while (taken.has(slot)) slot += 1;
      this.#colours.set(key, slot);
    }
    return `--s${(slot % COLOURS) + 1}`;
  }
}

export class Charts {
  readonly #views: Views;
  readonly #key: string;

  list = $state.raw<ChartView[]>([]);
  /** The chart below the tree. */
  docked = $state<string | undefined>(undefined);
  /** Height of the chart below the tree, in pixels. */
  height = $state(250);

  constructor(views: Views, key: string) {
    this.#views = views;
    this.#key = key;
  }

  async restore(): Promise<void> {
    const kept = await this.#views.load(this.#key);
    if (typeof kept !== "object" || kept === null || Array.isArray(kept)) return;
    const charts = Array.isArray(kept.charts) ? kept.charts.map(chartFrom).filter((chart) => chart !== undefined) : [];
    if (this.list.length > 0) return;
    this.list = charts;
    if (typeof kept.height === "number") this.height = Math.min(1_200, Math.max(140, kept.height));
    if (charts.some(({ id }) => id === kept.docked)) this.docked = kept.docked as string;
  }

  /** Keeps what there is now. */
  keep(): void {
    const charts = this.list.map(({ id, series, span }) => ({ id, span, series: series.map((one) => ({ ...one })) }));
    const value = { charts, docked: this.docked ?? null, height: this.height };
    this.#views.save(this.#key, charts.length === 0 ? null : (value as JsonValue));
  }

  get(id: string | undefined): ChartView | undefined {
    return this.list.find((chart) => chart.id === id);
  }

  /** Puts a chart of the resource below the tree: the one that has it, or a new one. */
  show(series: Series): ChartView {
    const chart = this.list.find((one) => one.shows(series)) ?? this.#create([series]);
    this.docked = chart.id;
    this.keep();
    return chart;
  }

  /** Adds to the chart below the tree, or to the newest one; without any, shows a new one. */
  add(series: Series): ChartView {
    const chart = this.get(this.docked) ?? this.list.at(-1);
    if (chart === undefined || !chart.add(series)) return this.show(series);
    this.docked = chart.id;
    this.keep();
    return chart;
  }

  remove(chart: ChartView): void {
    this.list = this.list.filter((other) => other !== chart);
    if (this.docked === chart.id) this.docked = undefined;
    this.keep();
  }

  undock(): void {
    this.docked = undefined;
    this.keep();
  }

  #create(series: Series[]): ChartView {
    const numbers = this.list.map(({ id }) => Number(id)).filter(Number.isFinite);
    const chart = new ChartView(String(Math.max(0, ...numbers) + 1), series);
    chart.fresh = true;
    this.list = [...this.list, chart];
    return chart;
  }
}

function chartFrom(kept: JsonValue): ChartView | undefined {
  if (typeof kept !== "object" || kept === null || Array.isArray(kept)) return undefined;
  const { id, series, span } = kept;
  if (typeof id !== "string" || !Array.isArray(series)) return undefined;
  const shown = series.filter(isSeries);
  return shown.length === 0 ? undefined : new ChartView(id, shown, spanFrom(span));
}

function keyOf({ endpoint, path }: Series): string {
  return `${endpoint}\n${path}`;
}

function isSeries(kept: JsonValue): kept is JsonValue & Series {
  return (
    typeof kept === "object" &&
    kept !== null &&
    !Array.isArray(kept) &&
    typeof kept.endpoint === "string" &&
    typeof kept.path === "string"
  );
}
