/** The table of credentials as data: its columns, its orders, and the choices that narrow it down. */
import type { CredentialMode, CredentialOrder, CredentialServer, CredentialState } from "../../host";
import type { Column } from "../../parts";
import { modes } from "./words";

export const columns: Column[] = [
  { id: "pick", title: "", label: "Selected", width: 36, fixed: true },
  { id: "state", title: "State", width: 104, fixed: true },
  { id: "endpoint", title: "Endpoint", width: 200, grow: 3, fixed: true, min: 120, sortable: true },
  { id: "mode", title: "Mode", width: 72 },
  { id: "identity", title: "Identity", width: 200, grow: 3, min: 100 },
  { id: "server", title: "For", width: 86 },
  { id: "used", title: "Last used", width: 82, align: "end", sortable: true, descending: true },
  { id: "created", title: "Made", width: 158, sortable: true, descending: true },
  { id: "do", title: "", label: "Actions", width: 60, fixed: true },
];

export const orderOf: Record<string, CredentialOrder> = { endpoint: "holder", used: "used", created: "created" };

/** The column that shows an order. */
export function columnOf(order: CredentialOrder): string {
  return Object.keys(orderOf).find((column) => orderOf[column] === order) ?? "endpoint";
}

/** Choices of a list begin with the one that leaves nothing out. */
type Choices<T extends string> = { value: T | "any"; label: string }[];

export const modeChoices: Choices<CredentialMode> = [{ value: "any", label: "Any mode" }, ...modes.map(({ value, label }) => ({ value, label }))];

export const serverChoices: Choices<CredentialServer> = [
  { value: "any", label: "Any server" },
  { value: "management", label: "LwM2M server" },
  { value: "bootstrap", label: "Bootstrap server" },
];

export const stateChoices: Choices<CredentialState> = [
  { value: "any", label: "Any state" },
  { value: "accepted", label: "Last one worked" },
  { value: "failed", label: "Last one failed" },
  { value: "never_used", label: "Never used" },
];
