/** The columns of the devices table; the order is the server's, so only some can be sorted by. */
import type { DeviceOrder } from "../../host";
import type { Column } from "../../parts";

export const columns: Column[] = [
  { id: "pick", title: "", label: "Selected", width: 36, fixed: true },
  { id: "state", title: "State", width: 84 },
  { id: "endpoint", title: "Endpoint", width: 244, grow: 3, sortable: true, fixed: true },
  { id: "alias", title: "Alias", width: 92, grow: 1 },
  { id: "model", title: "Model", width: 92, grow: 1 },
  { id: "firmware", title: "Firmware", width: 68 },
  { id: "address", title: "Address", width: 150 },
  { id: "security", title: "Security", width: 104 },
  { id: "binding", title: "Binding", width: 66, hidden: true },
  { id: "version", title: "LwM2M", width: 62, hidden: true },
  { id: "lifetime", title: "Expires in", width: 78, align: "end", sortable: true },
  { id: "seen", title: "Last seen", width: 74, align: "end", sortable: true, descending: true },
  { id: "registered", title: "Registered", width: 150, sortable: true, descending: true, hidden: true },
  { id: "objects", title: "Objects", width: 104, grow: 2 },
  { id: "tags", title: "Tags", width: 90, grow: 1 },
];

/** Which order of the server a column stands for. */
export const orderOf: Record<string, DeviceOrder> = {
  endpoint: "endpoint",
  lifetime: "expires",
  seen: "last_seen",
  registered: "registered",
};

/** The column that shows an order. */
export function columnOf(order: DeviceOrder): string {
  return Object.keys(orderOf).find((column) => orderOf[column] === order) ?? "endpoint";
}
