/**
 * The drawing: uPlot with one curve per series, a vertical axis per unit, and the
 * gestures. It owns no data and no time: traces and a stretch are handed in, wishes
 * (zoom, pan, cursor) are handed out. Nothing here touches the framework.
 */
import uPlot from "uplot";

import { axisValues, timeLabels } from "./labels";
import type { Trace } from "./trace";
import type { Stretch } from "./window";

export interface Curve {
  trace: Trace;
  /** Curves of one unit share an axis. */
  unit: string;
  /** A custom property, e.g. `--s1`. */
  colour: string;
}

export interface Wishes {
  /** The stretch that was dragged over. */
  choose(stretch: Stretch): void;
  /** A double click: back to following. */
  reset(): void;
  zoom(factor: number, around: number): void;
  pan(ms: number): void;
  /** The time under the cursor, or nothing. */
  cursor(time: number | undefined): void;
  /** There is room to draw, other than before. */
  shown(): void;
}

/** Pixels within which the cursor goes to a point. */
const SNAP_PX = 14;

/** Pixels per point above which each point is marked: there it is worth knowing where they are. */
const SPARSE_PX = 14;

/** Points per column of pixels above which a column is drawn as one stroke. */
const DENSE = 4;

const AXIS_FONT = '10.5px "JetBrains Mono Variable", ui-monospace, monospace';

const LABEL_FONT = '10.5px "Inter Variable", system-ui, sans-serif';

export class Plot {
  readonly #element: HTMLElement;
  readonly #wishes: Wishes;
  readonly #colours: (name: string) => string;
  readonly #watch: ResizeObserver;
  readonly #theme: MutationObserver;
  #plot: uPlot | undefined;
  #curves: readonly Curve[] = [];
  #stretch: Stretch = { from: 0, to: 1 };
  /** First shown point of each curve, so that the cursor finds its place in the slice. */
  #first: number[] = [];
  #dragging = false;

  constructor(element: HTMLElement, wishes: Wishes) {
    this.#element = element;
    this.#wishes = wishes;
    this.#colours = colourReader(element);
    this.#watch = new ResizeObserver(() => this.#resize());
    this.#watch.observe(element);
    this.#theme = new MutationObserver(() => this.#recolour());
    this.#theme.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  }

  /** Columns of pixels that curves have. */
  get columns(): number {
    return Math.max(50, Math.round((this.#plot?.bbox.width ?? this.#element.clientWidth) / uPlot.pxRatio));
  }

  get visible(): boolean {
    return this.#element.clientWidth > 0 && this.#element.clientHeight > 0 && !document.hidden;
  }

  /** Takes other curves; their points may change without telling. */
  setCurves(curves: readonly Curve[]): void {
    this.#curves = curves;
    this.#plot?.destroy();
    this.#plot = undefined;
    if (curves.length > 0 && this.#element.clientWidth > 0) this.#plot = this.#create();
  }

  draw(stretch: Stretch): void {
    this.#stretch = stretch;
    if (this.#plot === undefined) this.setCurves(this.#curves);
    const plot = this.#plot;
    if (plot === undefined) return;
    plot.batch(() => {
      plot.setData(this.#data(), false);
      plot.setScale("x", { min: stretch.from, max: stretch.to });
    });
  }

  destroy(): void {
    this.#watch.disconnect();
    this.#theme.disconnect();
    this.#plot?.destroy();
    this.#plot = undefined;
  }

  #create(): uPlot {
    const units = [...new Set(this.#curves.map(({ unit }) => unit))];
    const colour = this.#colours;
    const grid = { stroke: () => colour("--line"), width: 1 };
    const axis = { font: AXIS_FONT, stroke: () => colour("--ink-3"), ticks: { show: false } };
    const sides = units.slice(0, 2).map((unit, i) => ({
      ...axis,
      scale: scaleOf(unit),
      side: i === 0 ? 3 : 1,
      // Two grids over each other would be unreadable.
      grid: i === 0 ? grid : { show: false },
      size: axisSize,
      space: 44,
      gap: 6,
      values: axisValues,
      // One axis needs no name: the legend has the unit.
      ...(units.length > 1 ? { label: unit === "" ? "no unit" : unit, labelFont: LABEL_FONT, labelSize: 16, labelGap: 0 } : {}),
    }));
    const scales = Object.fromEntries(
      units.map((unit) => [scaleOf(unit), { range: () => this.#rangeOf(unit) }] as const),
    );
    const options = {
      mode: 2,
      ms: 1,
      ...this.#size(),
      padding: [10, units.length > 1 ? 0 : 28, 0, 0],
      legend: { show: false, live: false },
      cursor: this.#cursor(),
      scales: { x: { time: true, auto: false, range: (_: uPlot, min: number, max: number) => [min, max] }, ...scales },
      axes: [{ ...axis, grid, size: 26, gap: 4, space: 80, values: timeLabels }, ...sides],
      series: [
        null,
        ...this.#curves.map((curve) => ({
          auto: false,
          facets: [
            { scale: "x", auto: false },
            { scale: scaleOf(curve.unit), auto: false },
          ],
          stroke: () => colour(curve.colour),
          fill: () => colour(curve.colour),
          width: 1,
          spanGaps: false,
          paths: (plot: uPlot, index: number) => this.#paths(plot, index),
          points: { show: false },
        })),
      ],
      hooks: { setSelect: [(plot: uPlot) => this.#selected(plot)], setCursor: [(plot: uPlot) => this.#pointed(plot)] },
    } as unknown as uPlot.Options;
    const plot = new uPlot(options, this.#data(), this.#element);
    plot.over.addEventListener("wheel", (event) => this.#wheel(plot, event), { passive: false });
    return plot;
  }

  #data(): uPlot.AlignedData {
    const { from, to } = this.#stretch;
    this.#first = [];
    const slices = this.#curves.map(({ trace }) => {
      const [first, end] = trace.window(from, to);
      this.#first.push(first);
      return trace.slice(first, end);
    });
    return [null, ...slices] as unknown as uPlot.AlignedData;
  }

  /** One range for all curves of a unit, a little wider than what they show. */
  #rangeOf(unit: string): [number, number] {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const curve of this.#curves) {
      const extent = curve.unit === unit ? curve.trace.extent(this.#stretch.from, this.#stretch.to) : undefined;
      if (extent === undefined) continue;
      low = Math.min(low, extent[0]);
      high = Math.max(high, extent[1]);
    }
    if (low > high) return [0, 1];
    if (low === high) {
      const around = Math.max(Math.abs(low) * 0.05, 0.5);
      return [low - around, high + around];
    }
    const [min, max] = uPlot.rangeNum(low, high, 0.1, true);
    return [min ?? low, max ?? high];
  }

  /** A line through the points, broken where nothing was reported; points that stand alone or apart are dots. */
  #paths(plot: uPlot, index: number): uPlot.Series.Paths | null {
    const curve = this.#curves[index - 1];
    const slice = (plot.data as unknown as [null, ...[Float64Array, Float64Array][]])[index];
    if (curve === undefined || slice === undefined || slice === null) return null;
    const [t, v] = slice;
    const { left, width, top, height } = plot.bbox;
    const { from, to } = this.#stretch;
    const y = plot.scales[scaleOf(curve.unit)];
    const [low, high] = [y?.min ?? 0, y?.max ?? 1];
    const stroke = new Path2D();
    const dots = new Path2D();
    const radius = 1.6 * uPlot.pxRatio;
    const perX = width / (to - from);
    const perY = height / (high - low);
    const gap = curve.trace.gap(1 / perX);
    const dense = t.length > DENSE * width;
    const sparse = t.length * SPARSE_PX * uPlot.pxRatio < width;
    let [joined, alone] = [false, false];
    let [lastT, lastX, lastY] = [Number.NEGATIVE_INFINITY, 0, 0];
    const dot = (x: number, y: number) => {
      dots.moveTo(x + radius, y);
      dots.arc(x, y, radius, 0, 2 * Math.PI);
    };
    for (let i = 0; i < t.length; i += 1) {
      const time = t[i] ?? Number.NaN;
      const value = v[i] ?? Number.NaN;
      if (!Number.isFinite(value)) {
        joined = false;
        continue;
      }
      const x = left + (time - from) * perX;
      const py = top + height - (value - low) * perY;
      if (sparse) dot(x, py);
      if (!joined || time - lastT > gap) {
        if (alone && !sparse) dot(lastX, lastY);
        stroke.moveTo(x, py);
        alone = true;
      } else if (!dense || x - lastX >= 0.5 || Math.abs(py - lastY) >= 1) {
        stroke.lineTo(x, py);
        alone = false;
      }
      joined = true;
      [lastT, lastX, lastY] = [time, x, py];
    }
    if (alone && !sparse) dot(lastX, lastY);
    return { stroke, fill: dots, clip: null, band: null, gaps: null, flags: 0 } as unknown as uPlot.Series.Paths;
  }

  #cursor(): uPlot.Cursor {
    return {
      y: false,
      drag: { x: true, y: false, setScale: false },
      points: {
        size: () => 7,
        width: () => 1.5,
        stroke: () => this.#colours("--bg-1"),
        fill: (_, index) => this.#colours(this.#curves[index - 1]?.colour ?? "--ink-1"),
      },
      move: (plot, left, top) => [left < 0 || this.#dragging ? left : this.#snapped(plot, left), top],
      dataIdx: (plot, index, _, time) => this.#nearest(plot, index, time),
      bind: {
        dblclick: () => () => {
          this.#wishes.reset();
          return null;
        },
        mousedown: (plot, _, handler) => (event) => {
          if (event.button === 0 && event.shiftKey) this.#startPan(plot, event);
          else if (event.button === 0) {
            this.#dragging = true;
            addEventListener("mouseup", () => (this.#dragging = false), { once: true });
            handler(event);
          }
          return null;
        },
      },
    };
  }

  /** The nearest point of any curve within reach, else where the pointer is. */
  #snapped(plot: uPlot, left: number): number {
    const time = plot.posToVal(left, "x");
    let [best, distance] = [left, SNAP_PX];
    for (const { trace } of this.#curves) {
      const index = trace.nearest(time);
      if (index === undefined) continue;
      const at = plot.valToPos(trace.at(index).t, "x");
      if (Math.abs(at - left) < distance) [best, distance] = [at, Math.abs(at - left)];
    }
    return best;
  }

  #nearest(plot: uPlot, index: number, time?: number): number | null {
    const trace = this.#curves[index - 1]?.trace;
    const at = trace?.nearest(time ?? plot.posToVal(plot.cursor.left ?? 0, "x"));
    const slice = (plot.data as unknown as [null, ...[Float64Array, Float64Array][]])[index];
    if (trace === undefined || at === undefined || !slice) return null;
    const inSlice = at - (this.#first[index - 1] ?? 0);
    return inSlice >= 0 && inSlice < slice[0].length && Number.isFinite(slice[1][inSlice] ?? Number.NaN)
      ? inSlice
      : null;
  }

  #selected(plot: uPlot): void {
    const { left, width } = plot.select;
    if (width > 3) {
      this.#wishes.choose({ from: plot.posToVal(left, "x"), to: plot.posToVal(left + width, "x") });
    }
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  }

  #pointed(plot: uPlot): void {
    const { left } = plot.cursor;
    this.#wishes.cursor(left === undefined || left < 0 ? undefined : plot.posToVal(left, "x"));
  }

  #wheel(plot: uPlot, event: WheelEvent): void {
    event.preventDefault();
    const width = this.#stretch.to - this.#stretch.from;
    const sideways = event.shiftKey ? event.deltaY : event.deltaX;
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      this.#wishes.pan((sideways / this.columns) * width);
    } else {
      const around = plot.posToVal(event.clientX - plot.over.getBoundingClientRect().left, "x");
      this.#wishes.zoom(Math.exp(Math.max(-120, Math.min(120, event.deltaY)) * 0.002), around);
    }
  }

  #startPan(plot: uPlot, down: MouseEvent): void {
    let last = down.clientX;
    const perPixel = (this.#stretch.to - this.#stretch.from) / Math.max(1, plot.over.clientWidth);
    const move = (event: MouseEvent) => {
      this.#wishes.pan((last - event.clientX) * perPixel);
      last = event.clientX;
    };
    addEventListener("mousemove", move);
    addEventListener("mouseup", () => removeEventListener("mousemove", move), { once: true });
  }

  #size(): { width: number; height: number } {
    return { width: this.#element.clientWidth, height: Math.max(60, this.#element.clientHeight) };
  }

  /** Reads the colours anew and draws. */
  #recolour(): void {
    this.#colours("");
    this.#plot?.redraw(true, true);
  }

  #resize(): void {
    if (this.#element.clientWidth === 0 || this.#element.clientHeight === 0) return;
    this.#plot?.setSize(this.#size());
    // Nobody draws into an element without a size, so the stretch may be out of date, or none yet.
    this.#wishes.shown();
  }
}

function scaleOf(unit: string): string {
  return `y ${unit}`;
}

/** As wide as the longest label. */
function axisSize(_: uPlot, values: string[] | null): number {
  const longest = Math.max(0, ...(values ?? []).map((text) => text?.length ?? 0));
  return Math.max(40, Math.ceil(longest * 6.4) + 14);
}

/** Reads custom properties, each once; an empty name forgets them. */
function colourReader(element: HTMLElement): (name: string) => string {
  const read = new Map<string, string>();
  return (name) => {
    if (name === "") {
      read.clear();
      return "";
    }
    const known = read.get(name);
    if (known !== undefined) return known;
    const value = getComputedStyle(element).getPropertyValue(name).trim();
    read.set(name, value);
    return value;
  };
}
