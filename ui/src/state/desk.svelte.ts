/**
 * What lies open on the desk: the area, the dock's panels, the selection, the
 * slots around the dock. It knows no component: the dock attaches itself as a
 * `DockPort` and does what the desk asks. Everything here is kept by `Views`.
 */
import type { JsonValue } from "../host";
import type { Span } from "./spans";
import type { Views } from "./views";

export type Area = "devices" | "security" | "models" | "settings";
export type SecurityTab = "credentials" | "pending" | "identity" | "authority";
export type BottomTab = "operations" | "problems";

/** A numeric resource of a device, as a chart shows it. */
export interface Series {
  endpoint: string;
  path: string;
}

/** What the inspector is about. */
export interface Selection {
  endpoint: string;
  path: string;
}

/** A chart that is open, for menus such as "add to chart". */
export interface OpenChart {
  id: string;
  series: Series[];
}

/** The dock as the desk sees it. */
export interface DockPort {
  openDevice(endpoint: string, pin: boolean): void;
  /** Changes a chart that is open, or opens one beside its device; without a span it keeps or finds its own. */
  openChart(id: string, series: Series[], span?: Span): void;
  closeDevice(endpoint: string): void;
  closeActive(): void;
  /** Brings the next or the previous panel to the front. */
  step(by: 1 | -1): void;
}

/** Widths and heights in pixels, and what is folded away. */
interface Slots {
  list: number;
  inspector: number;
  bottom: number;
  inspectorOpen: boolean;
  bottomOpen: boolean;
  bottomTab: BottomTab;
}

/** Pixels of a window below which the dock gets what the slots can spare. */
const SMALL_WINDOW = 1_440;

const small = typeof innerWidth === "number" && innerWidth < SMALL_WINDOW;

const SLOTS: Slots = {
  list: small ? 236 : 296,
  inspector: small ? 288 : 312,
  bottom: 220,
  inspectorOpen: true,
  bottomOpen: false,
  bottomTab: "operations",
};

const KEY = "desk";

export class Desk {
  readonly #views: Views;
  #port: DockPort | undefined;
  /** Wishes from before the dock was there. */
  #wishes: ((port: DockPort) => void)[] = [];

  area = $state<Area>("devices");
  /** In the area of devices: the table over the full width, or the desk. */
  table = $state(true);
  /** In the area of security. */
  securityTab = $state<SecurityTab>("credentials");
  slots = $state<Slots>({ ...SLOTS });
  /** The device whose panel is in front. */
  active = $state<string | undefined>(undefined);
  selection = $state.raw<Selection | undefined>(undefined);
  charts = $state.raw<OpenChart[]>([]);
  /** How many panels are open. */
  panels = $state(0);
  /** Whether the kept state has been read; nothing is kept before. */
  restored = $state(false);

  constructor(views: Views) {
    this.#views = views;
  }

  async restore(): Promise<void> {
    const kept = await this.#views.load(KEY);
    if (isRecord(kept)) {
      this.area = oneOf(kept.area, ["devices", "security", "models", "settings"], "devices");
      this.table = kept.table !== false;
      if (isRecord(kept.slots)) this.slots = slotsFrom(kept.slots);
      if (isRecord(kept.selection)) this.selection = selectionFrom(kept.selection);
    }
    this.restored = true;
  }

  /** Keeps what there is now; the shell calls it whenever something changed. */
  keep(): void {
    if (!this.restored) return;
    const { area, table, selection } = this;
    const value = { area, table, slots: { ...this.slots }, selection: selection ? { ...selection } : null };
    this.#views.save(KEY, value as JsonValue);
  }

  attach(port: DockPort): () => void {
    this.#port = port;
    const wishes = this.#wishes;
    this.#wishes = [];
    for (const wish of wishes) wish(port);
    return () => {
      if (this.#port === port) this.#port = undefined;
    };
  }

  /** Shows a device: `pin` for good, else in the preview tab. */
  openDevice(endpoint: string, pin = false): void {
    this.area = "devices";
    this.table = false;
    this.#ask((port) => port.openDevice(endpoint, pin));
  }

  closeDevice(endpoint: string): void {
    if (this.selection?.endpoint === endpoint) this.selection = undefined;
    this.#port?.closeDevice(endpoint);
  }

  closeActive(): void {
    this.#port?.closeActive();
  }

  step(by: 1 | -1): void {
    this.#port?.step(by);
  }

  /** Charts resources: in the named chart, or else in a new one beside its device, over the given span. */
  openChart(series: Series[], { chart, span }: { chart?: string; span?: Span } = {}): void {
    const open = this.charts.find(({ id }) => id === chart);
    const before = open?.series ?? [];
    const added = series.filter((one) => !before.some((other) => sameSeries(one, other)));
    this.#ask((port) => port.openChart(open?.id ?? this.#freeChartId(), [...before, ...added], span));
  }

  /** Puts a resource into the inspector. */
  select(selection: Selection | undefined): void {
    this.selection = selection;
  }

  showSecurity(tab: SecurityTab): void {
    this.area = "security";
    this.securityTab = tab;
  }

  showBottom(tab: BottomTab): void {
    this.slots.bottomTab = tab;
    this.slots.bottomOpen = true;
  }

  #ask(wish: (port: DockPort) => void): void {
    if (this.#port) wish(this.#port);
    else this.#wishes.push(wish);
  }

  #freeChartId(): string {
    const taken = new Set(this.charts.map(({ id }) => id));
    for (let n = 1; ; n += 1) {
      if (!taken.has(`chart:${n}`)) return `chart:${n}`;
    }
  }
}

export function sameSeries(a: Series, b: Series): boolean {
  return a.endpoint === b.endpoint && a.path === b.path;
}

function slotsFrom(kept: Record<string, JsonValue>): Slots {
  const size = (value: JsonValue | undefined, or: number) =>
    typeof value === "number" && value >= 120 && value <= 2_000 ? value : or;
  return {
    list: size(kept.list, SLOTS.list),
    inspector: size(kept.inspector, SLOTS.inspector),
    bottom: size(kept.bottom, SLOTS.bottom),
    inspectorOpen: kept.inspectorOpen !== false,
    bottomOpen: kept.bottomOpen === true,
    bottomTab: oneOf(kept.bottomTab, ["operations", "problems"], "operations"),
  };
}

function selectionFrom({ endpoint, path }: Record<string, JsonValue>): Selection | undefined {
  return typeof endpoint === "string" && typeof path === "string" ? { endpoint, path } : undefined;
}

function isRecord(value: JsonValue | undefined): value is Record<string, JsonValue> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function oneOf<T extends string>(value: JsonValue | undefined, allowed: readonly T[], or: T): T {
  return allowed.find((one) => one === value) ?? or;
}
