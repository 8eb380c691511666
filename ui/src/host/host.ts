/**
 * What the page may ask of the program, whichever door it stands at. No other
 * folder knows a transport; the two doors are `http.ts` and `window.ts`.
 */
import type { Calls, EventShapes, FileContent } from "./generated";

export type CallName = keyof Calls;
export type RequestOf<N extends CallName> = Calls[N]["request"];
export type ResponseOf<N extends CallName> = Calls[N]["response"];

/** One event of the stream, discriminated by `event`. */
export type HostEvent = {
  [N in keyof EventShapes]: { event: N; revision: number; data: EventShapes[N] };
}[keyof EventShapes];

/**
 * What the stream itself has to say: `live` after a (re)connection, `lost`
 * while there is none, `close_requested` when the window wants to close.
 */
export type StreamNotice = { event: "live" } | { event: "lost"; reason: string } | { event: "close_requested" };

export type HostListener = (message: HostEvent | StreamNotice) => void;

/** A file that a person picked: text, or base64 for archives. */
export interface PickedFile {
  name: string;
  content: string;
}

/** A file to save: text, or bytes in base64. */
export interface SavedFile extends FileContent {
  base64?: boolean;
}

export interface Host {
  /** The desktop window, or a browser at the headless door. */
  readonly kind: "window" | "browser";
  /** Throws `HostError`. */
  call<N extends CallName>(name: N, request: RequestOf<N>): Promise<ResponseOf<N>>;
  /** Listens from `after` on, or from now; the answer ends it. */
  subscribe(listener: HostListener, after?: number): () => void;
  /** Resolves to false when the person changed their mind. */
  saveFile(file: SavedFile): Promise<boolean>;
  /** Object definitions: DDF files, or zips of them. Empty when cancelled. */
  pickFiles(): Promise<PickedFile[]>;
  /** The page has drawn itself; the window may show. */
  ready(): Promise<void>;
  /** Answers `close_requested`. */
  close(answer: { keep: boolean; remember: boolean }): Promise<void>;
}

/** Events in the order of the contract; a door listens to each. */
export const eventNames = [
  "device",
  "operation",
  "readings",
  "traffic",
  "problem",
  "security",
  "status",
  "resync",
] as const satisfies readonly (keyof EventShapes)[];
