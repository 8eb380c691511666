/**
 * What a person can do with a row, for its buttons, keys and menu alike. It asks where
 * asking is due, and opens the dialogs that `RowDialogs` shows; the calls themselves
 * are in `state/workspace-actions.ts`.
 */
import Activity from "@lucide/svelte/icons/activity";
import ArrowDownToLine from "@lucide/svelte/icons/arrow-down-to-line";
import ChartLine from "@lucide/svelte/icons/chart-line";
import Copy from "@lucide/svelte/icons/copy";
import Download from "@lucide/svelte/icons/download";
import Eye from "@lucide/svelte/icons/eye";
import EyeOff from "@lucide/svelte/icons/eye-off";
import PanelTop from "@lucide/svelte/icons/panel-top";
import Pencil from "@lucide/svelte/icons/pencil";
import Play from "@lucide/svelte/icons/play";
import Plus from "@lucide/svelte/icons/plus";
import RefreshCw from "@lucide/svelte/icons/refresh-cw";
import Save from "@lucide/svelte/icons/save";
import Search from "@lucide/svelte/icons/search";
import Trash from "@lucide/svelte/icons/trash-2";

import type { Format, TreeRow } from "../../host";
import { confirm, copyText, type MenuGroups, type MenuItem } from "../../parts";
import { bytes } from "../../parts/format";
import type { Series } from "../../state";
import {
  branchJson,
  discover,
  exportTable,
  remove,
  toggleObserve,
  unobserve,
  unobserveTogether,
} from "../../state/workspace-actions";
import type { Workspace } from "../../state/workspace.svelte";
import { plainText } from "./values";

/** Formats that a read can ask for, in words. */
export const formats: { value: Format; label: string }[] = [
  { value: "text", label: "plain text" },
  { value: "opaque", label: "opaque" },
  { value: "cbor", label: "CBOR" },
  { value: "tlv", label: "TLV" },
  { value: "json", label: "JSON (1.0)" },
  { value: "senml_json", label: "SenML JSON" },
  { value: "senml_cbor", label: "SenML CBOR" },
];

/** The dialog that is open. */
export type OpenDialog = { is: "execute"; row: TreeRow } | { is: "create"; row: TreeRow };

export class RowActions {
  readonly workspace: Workspace;
  dialog = $state.raw<OpenDialog | undefined>(undefined);
  /** What could not be done besides operations, e.g. saving a file. */
  failure = $state<string | undefined>(undefined);

  constructor(workspace: Workspace) {
    this.workspace = workspace;
  }

  select(row: TreeRow): void {
    this.workspace.select(row.path);
  }

  read(row: TreeRow, format?: Format): void {
    void this.workspace.read(row.path, format);
  }

  /** An editor that began with a part of a value would write a part of it. */
  async edit(row: TreeRow): Promise<void> {
    if (!row.writable || !isValue(row)) return;
    const { values, large } = this.workspace;
    if (values.has(row.path) && (await large.whole(row.path)) === undefined) return;
    this.workspace.editing = row.path;
  }

  async copy(row: TreeRow): Promise<boolean> {
    const shown = await this.workspace.large.whole(row.path);
    return shown !== undefined && copyText(plainText(shown.kind, shown.value));
  }

  async copyJson(row: TreeRow): Promise<void> {
    await this.workspace.large.wholeBranch(row.path);
    await copyText(branchJson(this.workspace, row.path));
  }

  execute(row: TreeRow): void {
    if (row.executable) this.dialog = { is: "execute", row };
  }

  create(row: TreeRow): void {
    this.dialog = { is: "create", row };
  }

  observe(row: TreeRow): void {
    void toggleObserve(this.workspace, row);
  }

  discover(row: TreeRow): void {
    this.workspace.expanded.add(row.path);
    void discover(this.workspace, row.path);
  }

  async remove(row: TreeRow): Promise<void> {
    const { device, endpoint } = this.workspace;
    const named = device?.alias === undefined ? endpoint : `${device.alias} (${endpoint})`;
    const yes = await confirm({
      title: `Delete ${row.path} on ${endpoint}?`,
      text: [`The instance ${row.name} (${row.path}) is deleted on the device ${named}. Its values are lost there.`],
      action: `Delete ${row.path}`,
      danger: true,
    });
    if (yes) void remove(this.workspace, row.path);
  }

  series(row: TreeRow): Series {
    return { endpoint: this.workspace.endpoint, path: row.path };
  }

  chart(row: TreeRow): void {
    if (!row.numeric) return;
    const { charts } = this.workspace;
    const docked = charts.get(charts.docked);
    // The second press of the key closes what the first one opened.
    if (docked?.shows(this.series(row)) && docked.series.length === 1) charts.undock();
    else charts.show(this.series(row));
  }

  freeze(): void {
    const { charts } = this.workspace;
    const docked = charts.get(charts.docked);
    if (docked !== undefined) docked.frozen = !docked.frozen;
  }

  async export(table: "tree" | "readings", path?: string): Promise<void> {
    this.failure = await exportTable(this.workspace, table, path);
  }

  menu(row: TreeRow): MenuGroups {
    return [this.#acts(row), this.#observing(row), this.#instances(row), this.#charts(row), this.#copies(row), this.#reads(row)];
  }

  #acts(row: TreeRow): MenuItem[] {
    const items: MenuItem[] = [];
    if (row.readable || !isValue(row)) {
      items.push({ label: "Read", icon: RefreshCw, keys: "R", run: () => this.read(row) });
    }
    if (row.writable && isValue(row)) items.push({ label: "Write", icon: Pencil, keys: "W", run: () => void this.edit(row) });
    if (row.executable) items.push({ label: "Execute…", icon: Play, keys: "X", run: () => this.execute(row) });
    if (row.level !== "resource_instance") items.push({ label: "Discover", icon: Search, run: () => this.discover(row) });
    return items;
  }

  #observing(row: TreeRow): MenuItem[] {
    const { workspace } = this;
    if (row.observed === row.path) {
      return [
        { label: "End the observation", icon: EyeOff, keys: "O", run: () => void unobserve(workspace, row.path) },
        {
          label: "End it passively (reset the next report)",
          icon: EyeOff,
          run: () => void unobserve(workspace, row.path, "passive"),
        },
      ];
    }
    const items: MenuItem[] = [];
    if (row.readable || !isValue(row)) {
      items.push({ label: "Observe", icon: Eye, keys: "O", run: () => this.observe(row) });
    }
    const { observed, observed_together: together } = row;
    if (observed !== undefined) {
      items.push({ label: `End the observation of ${observed}`, icon: EyeOff, run: () => void unobserve(workspace, observed) });
    }
    if (together !== undefined) {
      const label = `End the observation of ${together.length} paths together`;
      items.push({ label, icon: EyeOff, run: () => void unobserveTogether(workspace, row.path, together) });
    }
    return items;
  }

  #instances(row: TreeRow): MenuItem[] {
    const items: MenuItem[] = [];
    const folded = this.workspace.tree.folded(row);
    if (row.level === "object") items.push({ label: "Create instance…", icon: Plus, run: () => this.create(row) });
    const instance = row.level === "instance" ? row : folded;
    if (instance === undefined) return items;
    if (folded !== undefined) {
      items.push({ label: `Read ${folded.path}`, icon: RefreshCw, run: () => this.read(folded) });
      const observed = folded.observed === folded.path;
      items.push({
        label: observed ? `End the observation of ${folded.path}` : `Observe ${folded.path}`,
        icon: observed ? EyeOff : Eye,
        run: () => this.observe(folded),
      });
    }
    items.push({ label: `Delete ${instance.path}…`, icon: Trash, danger: true, run: () => void this.remove(instance) });
    return items;
  }

  #charts(row: TreeRow): MenuItem[] {
    if (!row.numeric) return [];
    const { charts, session } = this.workspace;
    const series = this.series(row);
    const items: MenuItem[] = [{ label: "Chart", icon: ChartLine, keys: "C", run: () => this.chart(row) }];
    if (charts.list.length > 0) items.push({ label: "Add to chart", icon: Activity, run: () => void charts.add(series) });
    items.push({ label: "Chart in a panel of its own", icon: PanelTop, run: () => session.desk.openChart([series]) });
    for (const open of session.desk.charts) {
      const label = `Add to the panel with ${open.series.map(({ path }) => path).join(", ")}`;
      items.push({ label, icon: PanelTop, run: () => session.desk.openChart([series], { chart: open.id }) });
    }
    return items;
  }

  #copies(row: TreeRow): MenuItem[] {
    const shown = this.workspace.values.get(row.path);
    const items: MenuItem[] = [];
    if (shown?.size !== undefined) {
      items.push({ label: `Load all ${bytes(shown.size)}`, icon: ArrowDownToLine, run: () => void this.workspace.large.whole(row.path) });
    }
    if (shown !== undefined) {
      items.push({ label: "Copy value", icon: Copy, run: () => void this.copy(row) });
    }
    items.push({ label: "Copy path", icon: Copy, run: () => void copyText(row.path) });
    items.push({ label: "Copy as JSON", icon: Copy, run: () => void this.copyJson(row) });
    if (shown !== undefined) items.push({ label: "Save value as…", icon: Save, run: () => void this.workspace.large.save(row.path) });
    items.push({ label: "Export readings as CSV", icon: Download, run: () => void this.export("readings", row.path) });
    return items;
  }

  #reads(row: TreeRow): MenuItem[] {
    if (!row.readable && isValue(row)) return [];
    return formats.map(({ value, label }) => ({ label: `Read as ${label}`, run: () => this.read(row, value) }));
  }
}

/** Whether the row holds a value, not only other rows. */
export function isValue(row: TreeRow): boolean {
  return row.level === "resource" || row.level === "resource_instance";
}

