/** `session` is the page's one session with the program at the chosen door. */
import { host } from "../host";
import { Session } from "./session.svelte";

export const session = new Session(host);

export type { Area, BottomTab, DockPort, OpenChart, Selection, Series } from "./desk.svelte";
export type { ImportResult } from "./models.svelte";
export type { LoadState } from "./load";
export { numberOf, Ring, type Latest } from "./readings";
export { Session } from "./session.svelte";
