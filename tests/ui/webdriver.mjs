// @ts-check
/**
 * The real window, driven as a person would: a thin client of the WebDriver protocol
 * (W3C Recommendation) and the driver that knows the web view. It knows no page.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** The protocol's name for "this is an element". */
const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";
/** Milliseconds to wait for something to appear, unless told. */
const PATIENCE_MS = 20_000;

/** The key codes of WebDriver. */
export const Keys = { ENTER: "\uE007", ESCAPE: "\uE00C", TAB: "\uE004", CONTROL: "\uE009", END: "\uE010" };

/** The left button, pressed and let go. */
const PRESS = [{ type: "pointerDown", button: 0 }, { type: "pointerUp", button: 0 }];
/** The right one, which opens menus. */
export const MENU_PRESS = [{ type: "pointerDown", button: 2 }, { type: "pointerUp", button: 2 }];

/** The environment variable, or a sentence that says who sets it. */
export function needed(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run this through cargo xtask`);
  return value;
}

/** A new folder for one run; `remove` it at the end. */
export function dataFolder() {
  const path = mkdtempSync(join(tmpdir(), "workbench-ui-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** One running window. A program that has ended takes its session with it. */
export class Window {
  /** @param {import("node:child_process").ChildProcess} driver @param {string} url @param {string} session @param {string} folder */
  constructor(driver, url, session, folder) {
    this.driver = driver;
    this.url = `${url}/session/${session}`;
    this.folder = folder;
  }

  /** Opens the program on a data folder. */
  static async open(folder, { args = /** @type {string[]} */ ([]), size = { width: 1280, height: 800 } } = {}) {
    const [port, native] = [await freePort(), await freePort()];
    const driver = spawn(needed("WORKBENCH_TAURI_DRIVER"), ["--port", String(port), "--native-port", String(native)], {
      stdio: ["ignore", "inherit", "inherit"],
      env: { ...process.env, WEBKIT_DISABLE_DMABUF_RENDERER: "1" },
    });
    const url = `http://127.0.0.1:${port}`;
    const capabilities = {
      alwaysMatch: {
        browserName: "wry",
        "tauri:options": {
          application: needed("WORKBENCH_WINDOW"),
          args: ["--data-dir", folder, "--coap", "127.0.0.1:0", "--coaps", "127.0.0.1:0", ...args],
        },
      },
    };
    const begun = performance.now();
    try {
      for (;;) {
        try {
          const { sessionId } = await request("POST", `${url}/session`, { capabilities });
          const window = new Window(driver, url, sessionId, folder);
          window.openedAfter = performance.now() - begun;
          await window.resize(size);
          return window;
        } catch (error) {
          if (performance.now() - begun > PATIENCE_MS * 2) throw error;
          await sleep(200);
        }
      }
    } catch (error) {
      driver.kill();
      throw error;
    }
  }

  /** Ends the program as a crash would. */
  async kill() {
    process.kill(this.pid(), "SIGKILL");
    this.driver.kill();
    await sleep(300);
  }

  /** Ends the program in order. Closing its window would only make it ask whether to go on. */
  async close() {
    const begun = performance.now();
    try {
      const pid = this.pid();
      process.kill(pid, "SIGTERM");
      await this.until(() => !runs(pid), "the program does not end");
    } finally {
      this.endedAfter = performance.now() - begun;
      this.driver.kill();
      await sleep(300);
    }
  }

  /** The program's process; it notes it in its data folder. */
  pid() {
    return Number(readFileSync(join(this.folder, "workbench.lock"), "utf8"));
  }

  async resize({ width, height }) {
    await request("POST", `${this.url}/window/rect`, { x: 0, y: 0, width, height });
  }

  /** Runs a function body in the page. */
  async run(script, ...args) {
    return request("POST", `${this.url}/execute/sync`, { script, args });
  }

  /** Waits until a CSS selector (or an XPath that begins with `//`) names an element. */
  async find(selector, patience = PATIENCE_MS) {
    const using = selector.startsWith("//") ? "xpath" : "css selector";
    return this.until(
      async () => (await request("POST", `${this.url}/element`, { using, value: selector }))[ELEMENT],
      `${selector} does not appear`,
      patience,
    );
  }

  async has(selector) {
    const using = selector.startsWith("//") ? "xpath" : "css selector";
    return (await request("POST", `${this.url}/elements`, { using, value: selector })).length > 0;
  }

  /** A press of the left button where the element is, as a hand does it. */
  async click(selector, patience = PATIENCE_MS) {
    await this.point(selector, PRESS, patience);
  }

  async doubleClick(selector) {
    await this.point(selector, [...PRESS, { type: "pause", duration: 60 }, ...PRESS]);
  }

  /** Moves the pointer onto an element. */
  async hover(selector) {
    await this.point(selector, []);
  }

  /** A list that is being drawn anew moves elements away under the pointer: once more, then. */
  async point(selector, then, patience = PATIENCE_MS) {
    await this.until(async () => {
      const element = { [ELEMENT]: await this.find(selector, patience) };
      // The web view's driver takes small buttons in a grid for unreachable: by coordinates, then.
      const [x, y] = await this.run(
        "arguments[0].scrollIntoView({ block: 'nearest' });" +
          "const box = arguments[0].getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]",
        element,
      );
      const move = { type: "pointerMove", origin: "viewport", x: Math.round(x), y: Math.round(y) };
      await this.act([{ type: "pointer", id: "mouse", actions: [move, ...then] }]);
      return true;
    }, `${selector} cannot be reached with the pointer`, patience);
  }

  /** Types into whatever has the focus. */
  async type(text) {
    const actions = [...text].flatMap((key) => [{ type: "keyDown", value: key }, { type: "keyUp", value: key }]);
    await this.act([{ type: "key", id: "keyboard", actions }]);
  }

  async chord(modifier, key) {
    const down = (value) => ({ type: "keyDown", value });
    const up = (value) => ({ type: "keyUp", value });
    await this.act([{ type: "key", id: "keyboard", actions: [down(modifier), down(key), up(key), up(modifier)] }]);
  }

  async act(actions) {
    await request("POST", `${this.url}/actions`, { actions });
  }

  /** The text of an element, clipped or not. */
  async text(selector) {
    const element = { [ELEMENT]: await this.find(selector) };
    return String(await this.run("return arguments[0].textContent", element));
  }

  async attribute(selector, name) {
    const element = await this.find(selector);
    return request("GET", `${this.url}/element/${element}/attribute/${name}`);
  }

  /** Waits until `look` yields something true; errors on the way count as "not yet". */
  async until(look, complaint, patience = PATIENCE_MS) {
    const deadline = performance.now() + patience;
    let last = "";
    for (;;) {
      try {
        const seen = await look();
        if (seen) return seen;
      } catch (error) {
        last = ` (${error instanceof Error ? error.message : error})`;
      }
      if (performance.now() > deadline) throw new Error(`${complaint} within ${patience / 1000} s${last}`);
      await sleep(100);
    }
  }

  async picture(file) {
    writeFileSync(file, Buffer.from(await request("GET", `${this.url}/screenshot`), "base64"));
  }
}

/** Whether a process runs; one that has ended and was not waited for yet does not. */
function runs(pid) {
  try {
    process.kill(pid, 0);
    return process.platform !== "linux" || !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

async function request(method, url, body = undefined) {
  const response = await fetch(url, {
    method,
    body: body === undefined ? undefined : JSON.stringify(body),
    headers: { "content-type": "application/json" },
  });
  const { value } = /** @type {{ value: any }} */ (await response.json());
  if (!response.ok) throw new Error(`${value?.error ?? response.status}: ${value?.message ?? ""}`);
  return value;
}
