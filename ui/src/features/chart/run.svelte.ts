/**
 * A chart at work: fetches what its stretch of time needs, appends what comes in,
 * draws on the animation frame, and says in words how things stand. The drawing is
 * `Plot`, the points are `Feed`, the stretch is `TimeWindow`.
 */
import { untrack } from "svelte";

import { reasonOf } from "../../host";
import type { Series, Session } from "../../state";
import { spans } from "../../state/spans";
import type { ChartView } from "../../state/workspace-charts.svelte";
import { unitText } from "../workspace/values";
import { Feed, type Line } from "./feed";
import { Plot } from "./plot";
import { TimeWindow, type Stretch } from "./window";

/** Milliseconds of quiet after zooming or panning before points are fetched. */
const SETTLE_MS = 140;

/** Fastest motion of a followed view, in milliseconds. */
const FRAME_MS = 33;

/** Live points per column after which history is worth reducing anew. */
const LIVE_PER_COLUMN = 6;

/** What stands in the legend for one curve. */
export interface Readout {
  series: Series;
  name: string;
  unit: string;
  colour: string;
  /** At the cursor, else the newest in view. */
  value: number | undefined;
  /** When that was. */
  at: number | undefined;
  /** How many points are in view. */
  points: number;
}

export class ChartRun {
  readonly #session: Session;
  readonly #view: ChartView;
  readonly #feed: Feed;
  readonly #window: TimeWindow;
  #plot: Plot | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #settling: ReturnType<typeof setTimeout> | undefined;
  #frame = 0;
  #cursorTime: number | undefined;
  #units = "";
  #arriving = false;
  #ended = false;

  /** Under the pointer, in milliseconds since 1970. */
  cursor = $state<number | undefined>(undefined);
  readouts = $state.raw<Readout[]>([]);
  zoomed = $state(false);
  /** Whether history has been asked for and not come. */
  loading = $state(true);
  failure = $state<string | undefined>(undefined);
  /** The newest value of any curve, in view or not. */
  newest = $state<number | undefined>(undefined);

  constructor(session: Session, view: ChartView) {
    this.#session = session;
    this.#view = view;
    this.#feed = new Feed(session, () => this.#arrived());
    this.#window = new TimeWindow(spans[view.span]);
  }

  get lines(): readonly Line[] {
    return this.#feed.lines;
  }

  /** The stretch in view. */
  stretch(): Stretch {
    return this.#window.at(Date.now());
  }

  /** Draws into an element; the answer ends it. */
  start(element: HTMLElement): () => void {
    this.#plot = new Plot(element, {
      choose: ({ from, to }) => this.#moved(() => this.#window.choose(from, to)),
      reset: () => this.reset(),
      zoom: (factor, around) => this.#moved(() => this.#window.zoom(factor, around, Date.now())),
      pan: (ms) => this.#moved(() => this.#window.pan(ms, Date.now())),
      cursor: (time) => {
        this.#cursorTime = time;
        this.#say();
      },
      shown: () => this.#schedule(0),
    });
    const endMessages = this.#session.on(({ event }) => {
      if (event === "live" || event === "resync") void this.load();
    });
    const wake = () => this.#schedule(0);
    document.addEventListener("visibilitychange", wake);
    return () => {
      this.#ended = true;
      endMessages();
      document.removeEventListener("visibilitychange", wake);
      clearTimeout(this.#timer);
      clearTimeout(this.#settling);
      cancelAnimationFrame(this.#frame);
      this.#feed.end();
      this.#plot?.destroy();
      this.#plot = undefined;
    };
  }

  /** Takes the view's curves as they are now. */
  setSeries(series: readonly Series[]): void {
    this.#feed.setSeries(series);
    this.#recurve();
    if (series.length > 0) void this.load();
  }

  /** Follows the present over the view's span. */
  follow(): void {
    this.#window.follow(spans[this.#view.span]);
    this.zoomed = false;
    void this.load();
  }

  freeze(frozen: boolean): void {
    this.#window.freeze(frozen, Date.now());
    if (!frozen) void this.load();
    else this.#schedule(0);
  }

  /** Back from zooming and panning. */
  reset(): void {
    this.#window.reset();
    this.zoomed = false;
    void this.load();
  }

  /** Zooms around the middle: a factor below 1 comes closer. */
  zoom(factor: number): void {
    const { from, to } = this.stretch();
    this.#moved(() => this.#window.zoom(factor, (from + to) / 2, Date.now()));
  }

  /** Pans by a share of what is in view. */
  pan(share: number): void {
    const { from, to } = this.stretch();
    this.#moved(() => this.#window.pan((to - from) * share, Date.now()));
  }

  async load(): Promise<void> {
    if (this.#feed.lines.length === 0) return;
    clearTimeout(this.#settling);
    this.#settling = undefined;
    this.loading = true;
    try {
      const now = Date.now();
      if (!Number.isFinite(spans[this.#view.span])) this.#window.first = await this.#feed.first(now);
      const { from, to } = this.#window.at(now);
      // A little more on both sides: panning begins with something to show.
      const margin = this.#window.follows ? 0.05 : 0.5;
      const width = to - from;
      const columns = Math.ceil((this.#plot?.columns ?? 500) * (1 + 2 * margin));
      if (!(await this.#feed.load(from - margin * width, to + margin * width, columns))) return;
      this.failure = undefined;
    } catch (error) {
      this.failure = reasonOf(error);
    }
    this.loading = false;
    if (this.#ended) return;
    this.#fit();
    this.#recurve();
    this.#schedule(0);
  }

  #arrived(): void {
    // Called for each curve in the same animation frame: drawn once, and before the paint.
    if (this.#arriving) return;
    this.#arriving = true;
    queueMicrotask(() => {
      this.#arriving = false;
      this.#takeLive();
    });
  }

  #takeLive(): void {
    this.#feed.take();
    this.#draw();
    const columns = this.#plot?.columns ?? 500;
    if (this.#feed.liveSinceLoad > LIVE_PER_COLUMN * columns) void this.load();
  }

  #moved(move: () => void): void {
    move();
    this.zoomed = this.#window.zoomed;
    this.#schedule(0);
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => void this.load(), SETTLE_MS);
  }

  /** What just began to report would be a speck in five minutes of nothing. */
  #fit(): void {
    if (!this.#view.fresh || this.failure !== undefined) return;
    this.#view.fresh = false;
    const before = Date.now() - spans["1 min"];
    if (this.#feed.lines.some(({ trace }) => trace.upTo(before) > 0)) return;
    this.#view.span = "1 min";
    this.#window.follow(spans["1 min"]);
  }

  /** Gives the plot its curves, if they or their units are others. */
  #recurve(): void {
    const lines = this.#feed.lines;
    const units = lines.map(({ series, unit }) => `${series.endpoint} ${series.path} ${unit}`).join("\n");
    if (units === this.#units) return;
    this.#units = units;
    this.#plot?.setCurves(
      lines.map(({ series, trace, unit }) => ({ trace, unit: unitText(unit), colour: this.#view.colourOf(series) })),
    );
    this.#schedule(0);
  }

  #schedule(after: number): void {
    clearTimeout(this.#timer);
    if (this.#ended) return;
    this.#timer = setTimeout(() => {
      cancelAnimationFrame(this.#frame);
      this.#frame = requestAnimationFrame(() => this.#draw());
    }, after);
  }

  #draw(): void {
    if (this.#ended || !this.#plot?.visible) return;
    this.#plot.draw(this.stretch());
    this.#say();
    if (!this.#window.follows) return;
    // The next frame is due when the picture has moved on by one pixel.
    const { from, to } = this.stretch();
    this.#schedule(Math.min(5_000, Math.max(FRAME_MS, (to - from) / this.#plot.columns)));
  }

  #say(): void {
    untrack(() => {
      const { from, to } = this.stretch();
      const at = this.#cursorTime;
      this.cursor = at;
      this.readouts = this.#feed.lines.map(({ series, name, unit, trace }) => {
        const index = at === undefined ? trace.upTo(to) - 1 : trace.nearest(at);
        const point = index === undefined || index < 0 ? undefined : trace.at(index);
        const shown = point !== undefined && point.t >= from && Number.isFinite(point.v) ? point : undefined;
        const colour = this.#view.colourOf(series);
        return { series, name, unit, colour, value: shown?.v, at: shown?.t, points: trace.count(from, to) };
      });
      const newest = this.#feed.lines.map(({ trace }) => trace.last ?? 0);
      this.newest = Math.max(0, ...newest) || undefined;
    });
  }
}
