/** Numbers and times as text: short ages, times to the millisecond, sizes. Never units of values. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long ago, short: `0.8 s`, `42 s`, `11 min`, `2 h`, `3 d`. */
export function age(ms: number): string {
  const span = Math.max(0, ms);
  if (span < 10 * SECOND) return `${(span / SECOND).toFixed(1)} s`;
  if (span < MINUTE) return `${Math.floor(span / SECOND)} s`;
  if (span < HOUR) return `${Math.floor(span / MINUTE)} min`;
  if (span < DAY) return `${Math.floor(span / HOUR)} h`;
  return `${Math.floor(span / DAY)} d`;
}

/** An age where seconds are enough: below one it is `now`. */
export function ago(ms: number): string {
  return ms < SECOND ? "now" : age(Math.floor(ms / SECOND) * SECOND).replace(/\.0 s$/, " s");
}

/** Time left: `04:47`, `1:02:09`, `2 d 03:00`; past zero `overdue`. */
export function countdown(ms: number): string {
  if (ms < 0) return "overdue";
  const days = Math.floor(ms / DAY);
  const hours = Math.floor((ms % DAY) / HOUR);
  const minutes = two(Math.floor((ms % HOUR) / MINUTE));
  const seconds = two(Math.floor((ms % MINUTE) / SECOND));
  if (days > 0) return `${days} d ${two(hours)}:${minutes}`;
  return hours > 0 ? `${hours}:${minutes}:${seconds}` : `${minutes}:${seconds}`;
}

/** How long something took: `3 ms`, `1.24 s`, `2 min 05 s`. */
export function duration(ms: number): string {
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  if (ms < MINUTE) return `${(ms / SECOND).toFixed(2)} s`;
  return `${Math.floor(ms / MINUTE)} min ${two(Math.floor((ms % MINUTE) / SECOND))} s`;
}

/** The local time of day to the millisecond: `09:42:17.350`. */
export function timeOfDay(ms: number): string {
  const date = new Date(ms);
  const hms = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
  return `${hms}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

/** The local date: `2026-11-20`. */
export function date(ms: number): string {
  const day = new Date(ms);
  return [day.getFullYear(), two(day.getMonth() + 1), two(day.getDate())].join("-");
}

/** Local date and time to the second: `2026-11-20 09:42:17`. */
export function dateTime(ms: number): string {
  return `${date(ms)} ${timeOfDay(ms).slice(0, 8)}`;
}

/** The time of day today, else with the date. */
export function moment(ms: number, now: number): string {
  return new Date(ms).toDateString() === new Date(now).toDateString() ? timeOfDay(ms) : dateTime(ms);
}

/** UTC to the millisecond, for a title over a local time. */
export function utc(ms: number): string {
  return `${new Date(ms).toISOString().replace("T", " ").replace("Z", "")} UTC`;
}

/** RFC 3339 to milliseconds since 1970; NaN if there is none. */
export function millis(rfc3339: string | undefined): number {
  return rfc3339 === undefined ? Number.NaN : Date.parse(rfc3339);
}

/** A size: `640 B`, `41.7 kB`, `38 MB`. */
export function bytes(count: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let size = count;
  let unit = 0;
  while (size >= 1_000 && unit < units.length - 1) {
    size /= 1_000;
    unit += 1;
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
}

/** A count with thin separators: `100,000`. */
export function count(n: number): string {
  return n.toLocaleString("en-US");
}

/** `1 device`, `2 devices`. */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

function two(n: number): string {
  return String(n).padStart(2, "0");
}
