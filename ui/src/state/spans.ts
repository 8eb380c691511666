/** The stretches of time that a chart follows the present over. */
import type { JsonValue } from "../host";

/** Spans that follow the present, in milliseconds; `all` begins with the first value. */
export const spans = {
  "1 min": 60_000,
  "5 min": 300_000,
  "30 min": 1_800_000,
  "6 h": 21_600_000,
  "1 d": 86_400_000,
  "7 d": 604_800_000,
  all: Number.POSITIVE_INFINITY,
} as const;

export type Span = keyof typeof spans;

export const spanNames = Object.keys(spans) as Span[];

/** A kept span, read with care. */
export function spanFrom(kept: JsonValue | undefined): Span | undefined {
  return spanNames.find((name) => name === kept);
}
