/**
 * A browser at the built page with a door that exists only in memory. The page
 * is served under the product's own content security policy, so that whatever
 * it forbids fails here.
 */
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { extname, join, normalize } from "node:path";

import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, expect } from "vitest";

import type { FakeDoor } from "./fake-door";

/** Debian's Chromium; another one may be named. */
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";

export const POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const types: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

/** The built page that is looked at. */
export const DIST = process.env.PAGE_DIST || `${import.meta.dirname}/../dist`;

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** A browser and the built page at an address, for all tests of a file. */
export function builtPage(): { browser: Browser; url: string } {
  const built = {} as { browser: Browser; url: string };
  let server: Server | undefined;
  beforeAll(async () => {
    const served = await servePage(DIST);
    server = served.server;
    built.url = served.url;
    built.browser = await launch();
  });
  afterAll(async () => {
    await built.browser?.close();
    server?.close();
  });
  return built;
}

/** What axe calls serious or worse on the page as it is now. */
export async function violations(page: Page): Promise<string[]> {
  // Injected through the protocol, which the page's own policy does not bind.
  await page.evaluate(axe);
  return page.evaluate(async () => {
    interface Found {
      violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[];
    }
    const { violations } = await (globalThis as unknown as { axe: { run(): Promise<Found> } }).axe.run();
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary}`));
  });
}

/** Serves a built page; the answer has its address. */
export async function servePage(folder: string): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? "/", "http://page").pathname);
    const file = join(folder, path === "/" ? "index.html" : path);
    readFile(file).then(
      (body) => {
        response.writeHead(200, {
          "Content-Type": types[extname(file)] ?? "application/octet-stream",
          "Content-Security-Policy": POLICY,
        });
        response.end(body);
      },
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
  return { url: `http://127.0.0.1:${address.port}`, server };
}

export function launch(): Promise<Browser> {
  // With scrollbars, which take room in the window too.
  return chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"], ignoreDefaultArgs: ["--hide-scrollbars"] });
}

export interface Opened {
  page: Page;
  /** Errors and policy violations seen so far. */
  complaints: string[];
  /** Sends an event as the program would. */
  emit(event: string, data: unknown): Promise<void>;
  /** The calls so far that have this name. */
  asked(name: string): Asked[];
  /** Resolves once the page has handed over something to keep in which this text stands. */
  kept(text: string): Promise<void>;
}

/** A request as a test looks at it. */
export interface Asked {
  path?: string;
  paths?: string[];
  values?: { path: string }[];
  profile?: unknown;
  endpoint?: string;
}

export async function openPage(
  browser: Browser,
  url: string,
  door: FakeDoor,
  { width = 1280, height = 800, dark = true } = {},
): Promise<Opened> {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? "dark" : "light",
    permissions: ["clipboard-read", "clipboard-write"],
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => message.type() === "error" && complaints.push(`${message.text()} ${message.location().url}`));
  await page.addInitScript(fakeEventSource);
  const calls: { name: string; request: Asked }[] = [];
  await page.route("**/rpc/*", async (route) => {
    const name = new URL(route.request().url()).pathname.split("/").at(-1) ?? "";
    const request = route.request().postDataJSON();
    calls.push({ name, request });
    const { status, body } = door.answer(name, request);
    await route.fulfill({ status, json: body });
  });
  await page.goto(`${url}/#token=test`);
  const emit = (event: string, data: unknown) =>
    page.evaluate(([event, data]) => (globalThis as unknown as { emit: Emit }).emit(event, data), [event, data] as const);
  const asked = (name: string) => calls.filter((call) => call.name === name).map(({ request }) => request);
  const kept = (text: string) => expect.poll(() => JSON.stringify(asked("view_put"))).toContain(text);
  return { page, complaints, emit, asked, kept };
}

type Emit = (event: string, data: unknown) => void;

/** Runs in the page: an event stream that opens at once and says what it is told. */
function fakeEventSource(): void {
  let revision = 1;
  const open = new Set<EventTarget>();
  class FakeEventSource extends EventTarget {
    onopen: (() => void) | null = null;
    onerror: (() => void) | null = null;
    constructor(readonly url: string) {
      super();
      open.add(this);
      setTimeout(() => this.onopen?.(), 0);
    }
    close(): void {
      open.delete(this);
    }
  }
  const emit: Emit = (event, data) => {
    revision += 1;
    for (const stream of open) {
      stream.dispatchEvent(new MessageEvent(event, { data: JSON.stringify(data), lastEventId: String(revision) }));
    }
  };
  Object.assign(globalThis, { EventSource: FakeEventSource, emit });
}
