/**
 * The dock: devices and charts as panels that can be moved, split and kept.
 * It carries out what the desk asks (`DockPort`) and tells it what is open.
 */
import { createDockview, type DockviewApi, type IDockviewPanel, type SerializedDockview } from "dockview";

import type { JsonValue } from "../../host";
import type { DockPort, Series, Session } from "../../state";
import { spanFrom, type Span } from "../../state/spans";
import ChartPanel from "../chart/ChartPanel.svelte";
import DeviceWorkspace from "../workspace/DeviceWorkspace.svelte";
import DockEmpty from "./DockEmpty.svelte";
import DockTab from "./DockTab.svelte";
import { renderer, type Props } from "./renderer.svelte";

/** What a panel shows; kept with the layout. */
export type PanelParams =
  | { kind: "device"; endpoint: string; pinned: boolean }
  | { kind: "chart"; series: Series[]; span?: Span };

/** The height of a chart that opens below its device. */
const CHART_HEIGHT = 280;
const KEY = "dock";

export class Dock implements DockPort {
  readonly #api: DockviewApi;
  readonly #session: Session;
  readonly #detach: () => void;

  /** Builds the dock inside an element, with the layout that was kept. */
  static async open(element: HTMLElement, session: Session): Promise<Dock> {
    return new Dock(element, session, await session.views.load(KEY));
  }

  private constructor(element: HTMLElement, session: Session, kept: JsonValue) {
    this.#session = session;
    this.#api = createDockview(element, {
      theme: { name: "workbench", className: "dockview-theme-workbench", dndTabIndicator: "line" },
      disableFloatingGroups: true,
      noPanelsOverlay: "watermark",
      defaultTabComponent: "tab",
      getTabContextMenuItems: () => [],
      createComponent: ({ id, name }) =>
        name === "chart"
          ? renderer(ChartPanel, (params) => this.#chartProps(id, params))
          : renderer(DeviceWorkspace, (params) => ({ endpoint: params.endpoint })),
      createTabComponent: ({ id }) => renderer(DockTab, (params) => this.#tabProps(id, params)),
      createWatermarkComponent: () => renderer(DockEmpty, () => ({})),
    });
    this.#restore(kept);
    this.#api.onDidLayoutChange(() => this.#changed());
    this.#api.onDidActivePanelChange(() => this.#report());
    this.#report();
    this.#detach = session.desk.attach(this);
  }

  close(): void {
    this.#detach();
    this.#api.dispose();
  }

  openDevice(endpoint: string, pin: boolean): void {
    const open = this.#api.getPanel(deviceId(endpoint));
    if (open) {
      if (pin) this.#pin(open);
      open.api.setActive();
      return;
    }
    const preview = this.#api.panels.find(isPreview);
    const beside = preview ?? this.#lastDevice();
    this.#api.addPanel({
      id: deviceId(endpoint),
      component: "device",
      title: endpoint,
      params: { kind: "device", endpoint, pinned: pin } satisfies PanelParams,
      ...(beside ? { position: { referencePanel: beside, direction: "within" } } : {}),
    });
    if (preview) this.#api.removePanel(preview);
  }

  openChart(id: string, series: Series[], span?: Span): void {
    const params: PanelParams = { kind: "chart", series, ...(span ? { span } : {}) };
    const open = this.#api.getPanel(id);
    if (open) {
      this.#update(open, { ...paramsOf(open), ...params });
      open.api.setActive();
      return;
    }
    const options = { id, component: "chart", title: "Chart", params };
    const chart = this.#api.panels.find((panel) => paramsOf(panel).kind === "chart");
    const device = this.#api.getPanel(deviceId(series[0]?.endpoint ?? "")) ?? this.#lastDevice();
    if (chart) this.#api.addPanel({ ...options, position: { referencePanel: chart, direction: "within" } });
    else if (!device) this.#api.addPanel(options);
    else {
      const position = { referencePanel: device, direction: "below" } as const;
      this.#api.addPanel({ ...options, position, initialHeight: CHART_HEIGHT });
    }
  }

  closeDevice(endpoint: string): void {
    this.#api.getPanel(deviceId(endpoint))?.api.close();
  }

  closeActive(): void {
    this.#api.activePanel?.api.close();
  }

  step(by: 1 | -1): void {
    const panels = this.#api.panels;
    const at = panels.findIndex((panel) => panel === this.#api.activePanel);
    panels[(at + by + panels.length) % panels.length]?.api.setActive();
  }

  #chartProps(id: string, params: Props): Props {
    const onchange = (series: Series[], span: Span) => {
      const panel = this.#api.getPanel(id);
      if (panel) this.#update(panel, { kind: "chart", series, span });
    };
    return { id, series: params.series, span: spanFrom(params.span as JsonValue), onchange };
  }

  #tabProps(id: string, params: Props): Props {
    const panel = () => this.#api.getPanel(id);
    return {
      params,
      onpin: () => {
        const own = panel();
        if (own) this.#pin(own);
      },
      onclose: () => panel()?.api.close(),
      // The dock names the tab by it to those who cannot see what stands there.
      ontitle: (title: string) => panel()?.api.setTitle(title),
    };
  }

  #pin(panel: IDockviewPanel): void {
    const params = paramsOf(panel);
    if (params.kind === "device" && !params.pinned) this.#update(panel, { ...params, pinned: true });
  }

  /** New parameters are no change of the layout for the dock itself, but they are to be kept. */
  #update(panel: IDockviewPanel, params: PanelParams): void {
    panel.api.updateParameters(params);
    this.#changed();
  }

  #changed(): void {
    this.#session.views.save(KEY, this.#api.toJSON() as unknown as JsonValue);
    this.#report();
  }

  #report(): void {
    const { desk } = this.#session;
    const active = this.#api.activePanel && paramsOf(this.#api.activePanel);
    desk.panels = this.#api.totalPanels;
    if (active?.kind === "device") desk.active = active.endpoint;
    else if (active?.kind === "chart") desk.active = active.series[0]?.endpoint ?? desk.active;
    else desk.active = undefined;
    if (desk.selection && !this.#api.getPanel(deviceId(desk.selection.endpoint))) desk.select(undefined);
    desk.charts = this.#api.panels.flatMap((panel) => {
      const params = paramsOf(panel);
      return params.kind === "chart" ? [{ id: panel.id, series: params.series }] : [];
    });
  }

  /** A layout of another version or with a broken panel is left behind rather than half shown. */
  #restore(kept: JsonValue): void {
    if (typeof kept !== "object" || kept === null) return;
    try {
      this.#api.fromJSON(kept as unknown as SerializedDockview);
    } catch {
      this.#api.clear();
    }
  }

  /** The device panel that was opened last: new ones go beside it, never into a group of charts. */
  #lastDevice(): IDockviewPanel | undefined {
    return this.#api.panels.filter((panel) => paramsOf(panel).kind === "device").at(-1);
  }
}

function paramsOf(panel: IDockviewPanel): PanelParams {
  return panel.params as PanelParams;
}

function isPreview(panel: IDockviewPanel): boolean {
  const params = paramsOf(panel);
  return params.kind === "device" && !params.pinned;
}

function deviceId(endpoint: string): string {
  return `device:${endpoint}`;
}
