/** The queue in words: whether a device listens, and what an operation carries. */
import type { Operation, Priority, QueueGetResponse } from "../../host";
import type { Tone } from "../../parts";
import { valueText } from "../workspace/values";

export const priorities: readonly { value: Priority; label: string }[] = [
  { value: "high", label: "high" },
  { value: "normal", label: "normal" },
  { value: "low", label: "low" },
];

/** The state of the device as the queue sees it. */
export function listening({ state }: QueueGetResponse): { tone: Tone; word: string; sentence: string } {
  switch (state) {
    case "awake":
      return { tone: "ok", word: "awake", sentence: "Operations are sent one after the other." };
    case "asleep":
      return { tone: "sleep", word: "asleep", sentence: "Operations wait until it is heard again." };
    case "always_on":
      return { tone: "ok", word: "always on", sentence: "The device does not use queue mode: operations are sent at once, one after the other." };
    case "unregistered":
      return { tone: "idle", word: "not registered", sentence: "There is no address to send to until it registers." };
  }
}

/** What a write carries; empty for everything else. */
export function writtenOf({ values }: Operation): string {
  const [first, ...more] = values ?? [];
  if (first === undefined) return "";
  const text = valueText(first.kind, first.value);
  return more.length === 0 ? text : `${text} and ${more.length} more`;
}
