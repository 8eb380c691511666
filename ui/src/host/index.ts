/**
 * `host` is the program, seen from the page. It is chosen once, here: the window
 * if the page runs in one, else the headless door.
 */
import { httpHost } from "./http";
import type { Host } from "./host";
import { inWindow, windowHost } from "./window";

export * from "./error";
export { definitionFiles, readDefinition } from "./files";
export * from "./host";
export * from "./generated";

export const host: Host = inWindow() ? windowHost() : httpHost();
