/** Everything that can be done from anywhere: one list feeds the palette, the keys and the sheet of keys. */
import { session, type Area } from "../../state";
import { dialogs } from "../devices/actions.svelte";
import { addDevice, securityDialogs } from "../security/dialogs.svelte";
import { overlays } from "./overlays.svelte";

export interface Command {
  id: string;
  title: string;
  group: "Go" | "Devices" | "View" | "Help";
  /** As shown: `Ctrl K`, `/`, `?`. */
  keys?: string;
  run: () => void;
}

const { desk, settings } = session;

/** A browser keeps Ctrl with digits and W for its own tabs. */
const TABS = session.host.kind === "window" ? "Ctrl" : "Alt";

export const commands: Command[] = [
  { id: "palette", title: "Search devices, paths and commands", group: "Go", keys: "Ctrl K", run: () => (overlays.palette = true) },
  { id: "devices", title: "Devices", group: "Go", keys: `${TABS} 1`, run: () => go("devices") },
  { id: "security", title: "Security", group: "Go", keys: `${TABS} 2`, run: () => go("security") },
  { id: "models", title: "Models", group: "Go", keys: `${TABS} 3`, run: () => go("models") },
  { id: "settings", title: "Settings", group: "Go", keys: `${TABS} 4`, run: () => go("settings") },
  { id: "filter", title: "Filter what is shown", group: "Go", keys: "/", run: focusFilter },
  { id: "next", title: "Next panel", group: "Go", keys: "F6", run: () => cyclePanes(1) },
  { id: "previous", title: "Previous panel", group: "Go", keys: "Shift F6", run: () => cyclePanes(-1) },
  { id: "back", title: "Back", group: "Go", keys: "Esc", run: back },
  { id: "credentials", title: "Credentials: who may register", group: "Go", run: () => desk.showSecurity("credentials") },
  { id: "pending", title: "Pending: who was turned away", group: "Go", run: () => desk.showSecurity("pending") },
  { id: "identity", title: "Server identity", group: "Go", run: () => desk.showSecurity("identity") },
  { id: "authority", title: "Authority: certificates for devices", group: "Go", run: () => desk.showSecurity("authority") },
  { id: "session", title: "Session of the device in front", group: "Devices", run: showSession },
  { id: "importCredentials", title: "Import credentials…", group: "Devices", run: () => (securityDialogs.importing = true) },
  { id: "exportCredentials", title: "Export credentials…", group: "Devices", run: () => (securityDialogs.exporting = true) },
  { id: "add", title: "Add device…", group: "Devices", run: () => addDevice() },
  { id: "simulate", title: "Add simulated devices…", group: "Devices", run: () => (dialogs.simulate = true) },
  { id: "connect", title: "Connect my device…", group: "Devices", run: () => (dialogs.connect = true) },
  { id: "import", title: "Import object definitions…", group: "Devices", run: () => void importFiles() },
  { id: "table", title: "Show all devices as a table", group: "View", run: showTable },
  { id: "close", title: "Close the tab in front", group: "View", keys: `${TABS} W`, run: () => desk.closeActive() },
  { id: "nextTab", title: "Next tab", group: "View", keys: "Ctrl ]", run: () => desk.step(1) },
  { id: "previousTab", title: "Previous tab", group: "View", keys: "Ctrl [", run: () => desk.step(-1) },
  { id: "operations", title: "Operations", group: "View", run: () => desk.showBottom("operations") },
  { id: "problems", title: "Problems", group: "View", run: () => desk.showBottom("problems") },
  { id: "bottom", title: "Show or hide the bottom panel", group: "View", keys: "Ctrl J", run: toggleBottom },
  { id: "inspector", title: "Show or hide the inspector", group: "View", keys: "Ctrl I", run: toggleInspector },
  { id: "dark", title: "Theme: dark", group: "View", run: () => void settings.put({ theme: "dark" }) },
  { id: "light", title: "Theme: light", group: "View", run: () => void settings.put({ theme: "light" }) },
  { id: "system", title: "Theme: like the system", group: "View", run: () => void settings.put({ theme: "system" }) },
  { id: "keys", title: "All keys", group: "Help", keys: "?", run: () => (overlays.keys = true) },
];

/** Keys of the panels themselves, for the sheet only. */
export const panelKeys: { where: string; keys: [keys: string, what: string][] }[] = [
  {
    where: "In lists and tables",
    keys: [
      ["↑ ↓", "Move"],
      ["Enter", "Open"],
      ["Space", "Pick a row, to do something with several"],
      ["Shift F10", "Menu of the row"],
      ["Delete", "Forget devices, delete credentials"],
    ],
  },
  {
    where: "In a device's tree",
    keys: [
      ["→ ←", "Open and close a node"],
      ["R", "Read"],
      ["W or Enter", "Write"],
      ["X", "Execute"],
      ["O", "Observe, or stop"],
      ["C", "Chart"],
      ["Ctrl S", "Send what is staged"],
      ["Ctrl C", "Copy the value"],
    ],
  },
  { where: "In a chart", keys: [["Space", "Freeze, or go on"]] },
];

/** Runs the command that a key press means; false if it means none. */
export function runKey(event: KeyboardEvent): boolean {
  const pressed = nameOf(event);
  // Where a browser lets Ctrl through, it works there too.
  const command = commands.find(({ keys }) => keys === pressed || keys === pressed.replace("Ctrl", TABS));
  if (!command || (isPlain(event) && isTyping(event.target))) return false;
  command.run();
  return true;
}

function nameOf(event: KeyboardEvent): string {
  const { key } = event;
  const name = key === "Escape" ? "Esc" : key.length === 1 ? key.toUpperCase() : key;
  const control = event.ctrlKey || event.metaKey ? "Ctrl " : event.altKey ? "Alt " : "";
  // A character that needs Shift, such as `?`, is its own name.
  const shift = event.shiftKey && key.length > 1 ? "Shift " : "";
  return `${control}${shift}${name}`;
}

function isPlain(event: KeyboardEvent): boolean {
  return !event.ctrlKey && !event.metaKey && !event.altKey && !event.key.startsWith("F");
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]") !== null;
}

function go(area: Area): void {
  if (area === "devices" && desk.area === "devices" && desk.panels > 0) desk.table = !desk.table;
  desk.area = area;
}

function showSession(): void {
  securityDialogs.session = desk.active;
}

function showTable(): void {
  desk.area = "devices";
  desk.table = true;
}

function back(): void {
  if (desk.area !== "devices") desk.area = "devices";
  else if (desk.table && desk.panels > 0) desk.table = false;
}

function toggleBottom(): void {
  desk.slots.bottomOpen = !desk.slots.bottomOpen;
}

function toggleInspector(): void {
  desk.slots.inspectorOpen = !desk.slots.inspectorOpen;
}

async function importFiles(): Promise<void> {
  desk.area = "models";
  await session.models.import(await session.host.pickFiles());
}

function focusFilter(): void {
  const fields = shown("[data-filter]");
  const pane = document.activeElement?.closest("[data-pane]");
  (fields.find((field) => pane?.contains(field)) ?? fields[0])?.focus();
}

function cyclePanes(by: 1 | -1): void {
  const panes = shown("[data-pane]");
  const now = panes.findIndex((pane) => pane.contains(document.activeElement));
  const next = panes[(Math.max(now, by > 0 ? -1 : 0) + by + panes.length) % panes.length];
  const inside = next?.querySelector<HTMLElement>('[role="row"][tabindex="0"], [tabindex="0"], button, input');
  (inside ?? next)?.focus();
}

function shown(selector: string): HTMLElement[] {
  const all = [...document.querySelectorAll<HTMLElement>(selector)];
  return all.filter((element) => element.checkVisibility({ visibilityProperty: true }));
}
