/**
 * What the shell gives to the panels of its dock and to its inspector, and so
 * what those components take as props:
 *
 * - `workspace/DeviceWorkspace.svelte`: `DeviceWorkspaceProps`
 * - `workspace/Inspector.svelte`: `InspectorProps`
 * - `chart/ChartPanel.svelte`: `ChartPanelProps`
 */
import type { Selection, Series } from "../state";
import type { Span } from "../state/spans";

/** A device's panel; it fills its box and scrolls inside. */
export interface DeviceWorkspaceProps {
  endpoint: string;
}

/** The slot at the right edge; asked only while something is selected. */
export interface InspectorProps {
  selection: Selection;
}

/** A chart's panel. The dock keeps `series` and `span` with the layout. */
export interface ChartPanelProps {
  id: string;
  series: Series[];
  /** Absent until somebody chose one. */
  span?: Span;
  onchange: (series: Series[], span: Span) => void;
}

/** Type of dragged resources: JSON of `Series[]`. */
export const SERIES_DRAG = "application/x-lwm2m-series";
