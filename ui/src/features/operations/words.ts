/** Operations in words: what was asked, how far it is, how it ended. */
import type { Operation } from "../../host";
import type { Tone } from "../../parts";
import { valueText } from "../workspace/values";

const names: Record<string, string> = {
  resource_read: "Read",
  resource_write: "Write",
  resource_execute: "Execute",
  resource_discover: "Discover",
  attributes_write: "Write attributes",
  instance_create: "Create",
  instance_delete: "Delete",
  observation_start: "Observe",
  observation_cancel: "Cancel observation",
  composite_read: "Composite read",
  composite_write: "Composite write",
  composite_observe: "Composite observe",
  composite_cancel: "Cancel composite",
  device_read: "Read the device",
};

export function nameOf(operation: Operation): string {
  return names[operation.name] ?? operation.name;
}

export interface Progress {
  tone: Tone;
  word: string;
  icon?: "ban" | "clock";
}

export function stateOf(operation: Operation): Progress {
  if (operation.state === "queued") return { tone: "warn", word: "queued", icon: "clock" };
  if (operation.state === "sent") return { tone: "accent", word: "sent", icon: "clock" };
  switch (operation.outcome) {
    case "success":
      return { tone: "ok", word: "success" };
    case "refused":
      return { tone: "bad", word: "refused" };
    case "timed_out":
      return { tone: "bad", word: "timed out", icon: "clock" };
    case "cancelled":
      return { tone: "idle", word: "cancelled", icon: "ban" };
    case "lost":
      return { tone: "warn", word: "lost" };
    default:
      return { tone: "idle", word: "ended" };
  }
}

/** What to read beside the state: progress while it runs, then the reason or the answer. */
export function detailOf(operation: Operation): string {
  if (operation.state !== "ended") return operation.progress ?? "";
  if (operation.detail) return operation.detail;
  if (operation.location) return operation.location;
  if (operation.links) return `${operation.links.length} links`;
  const [first] = operation.values ?? [];
  if (operation.values?.length === 1 && first) return valueText(first.kind, first.value, first.size);
  return operation.values ? `${operation.values.length} values` : "";
}

/** What a queued operation waits for. */
export function waitsFor({ state, waits_for }: Operation): string {
  if (state !== "queued") return "";
  return waits_for === "wake" ? "wake-up" : "its turn";
}

/** What a copy of the row holds. */
export function evidenceOf(operation: Operation): string {
  return JSON.stringify(operation, null, 2);
}
