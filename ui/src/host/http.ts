/**
 * The headless door: calls over HTTP with a bearer token, events as server-sent
 * events. The token arrives in the URL's fragment, stays in this tab's session
 * storage and leaves the address bar at once.
 */
import { HostError } from "./error";
import { download, pickDefinitions } from "./files";
import { eventNames, type CallName, type Host, type HostEvent, type HostListener, type RequestOf, type ResponseOf } from "./host";

/** Milliseconds to wait before each attempt to listen again; the last one repeats. */
const RETRY_MS = [250, 500, 1_000, 2_000, 5_000];
const TOKEN_KEY = "token";
const STALE =
  "This page belongs to an earlier run of the program. Open the address that the program printed when it was started.";

/** The parts of a browser that this door needs; tests bring their own. */
export interface Browser {
  fetch: (url: string, init: RequestInit) => Promise<Response>;
  openStream: (url: string) => EventSource;
  token: string;
}

export function httpHost(browser: Browser = realBrowser()): Host {
  async function call<N extends CallName>(name: N, request: RequestOf<N>): Promise<ResponseOf<N>> {
    let answer: Response;
    try {
      answer = await browser.fetch(`/rpc/${name}`, {
        method: "POST",
        headers: { "Content-Type": "application/json", Authorization: `Bearer ${browser.token}` },
        body: JSON.stringify(request),
      });
    } catch {
      throw new HostError("disconnected", "The program does not answer. Is it still running?");
    }
    const body: unknown = await answer.json().catch(() => null);
    // The program's own sentence is for scripts; a page's token goes stale with a restart.
    if (answer.status === 401) throw new HostError("unauthorized", STALE);
    if (!answer.ok) throw HostError.from(body ?? `The program answered ${answer.status}.`);
    return body as ResponseOf<N>;
  }

  return {
    kind: "browser",
    call,
    subscribe: (listener, after) => listen(browser, call, listener, after),
    saveFile: async (file) => {
      download(file);
      return true;
    },
    pickFiles: pickDefinitions,
    ready: async () => {},
    close: async () => {},
  };
}

/** Takes the token out of `#token=…`, or remembers the one this tab already had. */
export function takeToken(location: Location, history: History, storage: Storage): string {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const fresh = fragment.get("token");
  if (fresh === null) return storage.getItem(TOKEN_KEY) ?? "";
  storage.setItem(TOKEN_KEY, fresh);
  fragment.delete("token");
  const rest = fragment.toString();
  history.replaceState(null, "", location.pathname + location.search + (rest && `#${rest}`));
  return fresh;
}

function realBrowser(): Browser {
  return {
    fetch: (url, init) => fetch(url, init),
    openStream: (url) => new EventSource(url),
    token: takeToken(location, history, sessionStorage),
  };
}

type Call = Host["call"];

/** Keeps one stream open. A ticket serves once, so each attempt asks for a new one. */
function listen(browser: Browser, call: Call, listener: HostListener, after: number | undefined): () => void {
  let stream: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let revision = after;
  let ended = false;

  async function connect(): Promise<void> {
    let ticket: string;
    try {
      ({ ticket } = await call("events_ticket", {}));
    } catch (error) {
      retry(error instanceof Error ? error.message : "");
      return;
    }
    if (ended) return;
    const since = revision === undefined ? "" : `&after=${revision}`;
    stream = browser.openStream(`/events?ticket=${encodeURIComponent(ticket)}${since}`);
    stream.onopen = () => {
      failures = 0;
      listener({ event: "live" });
    };
    stream.onerror = () => {
      // The browser's own retry would present the used ticket again.
      stream?.close();
      retry("The program stopped sending events.");
    };
    for (const event of eventNames) stream.addEventListener(event, (message) => receive(event, message));
  }

  function receive(event: HostEvent["event"], message: MessageEvent<string>): void {
    const named = Number(message.lastEventId);
    if (message.lastEventId !== "" && Number.isFinite(named)) revision = named;
    listener({ event, revision: revision ?? 0, data: JSON.parse(message.data) } as HostEvent);
  }

  function retry(reason: string): void {
    if (ended) return;
    listener({ event: "lost", reason });
    const wait = RETRY_MS[Math.min(failures, RETRY_MS.length - 1)];
    failures += 1;
    timer = setTimeout(() => void connect(), wait);
  }

  void connect();
  return () => {
    ended = true;
    clearTimeout(timer);
    stream?.close();
  };
}
