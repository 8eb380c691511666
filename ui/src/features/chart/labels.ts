/** What stands at the axes: as many digits as the distance between two lines needs. */
import type uPlot from "uplot";

import { timeOfDay } from "../../parts/format";

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Times for a horizontal axis; midnight shows the day. */
export function timeLabels(_: uPlot, splits: number[], _axis: number, _space: number, step: number): string[] {
  return splits.map((ms) => timeLabel(ms, step));
}

export function timeLabel(ms: number, step: number): string {
  const at = new Date(ms);
  const day = `${at.getDate()} ${months[at.getMonth()] ?? ""}`;
  if (step >= DAY_MS * 27) return `${months[at.getMonth()] ?? ""} ${at.getFullYear()}`;
  const midnight = at.getHours() + at.getMinutes() + at.getSeconds() + at.getMilliseconds() === 0;
  if (step >= DAY_MS || midnight) return day;
  const time = timeOfDay(ms);
  if (step >= MINUTE_MS) return time.slice(0, 5);
  return step >= SECOND_MS ? time.slice(0, 8) : time;
}

/** Numbers for a vertical axis. */
export function axisValues(_: uPlot, splits: number[], _axis: number, _space: number, step: number): string[] {
  return splits.map((value) => axisValue(value, step));
}

export function axisValue(value: number, step: number): string {
  const size = Math.abs(value);
  if (size >= 1e7 || (size > 0 && step < 1e-5)) return value.toExponential(2);
  return value.toFixed(digitsFor(step));
}

/** Digits after the point that tell two neighbouring lines apart. */
function digitsFor(step: number): number {
  if (!(step > 0)) return 0;
  for (let digits = 0; digits < 6; digits += 1) {
    if (Math.abs(step * 10 ** digits - Math.round(step * 10 ** digits)) < 1e-6) return digits;
  }
  return 6;
}
