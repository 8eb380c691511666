/** The real program behind the page: a headless daemon on a folder of its own. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** The built program; another one may be named. */
const PROGRAM = process.env.WORKBENCH_DAEMON ?? `${import.meta.dirname}/../../target/debug/lwm2m-workbenchd`;

export interface Daemon {
  /** The page's address with the token that it takes. */
  page: string;
  /** Where its LwM2M server listens. */
  coap: { host: string; port: number };
  stop(): Promise<void>;
}

/** What the program prints first. */
interface Ready {
  http: string;
  token: string;
  listeners: { scheme: string; address: string }[];
}

export async function startDaemon(): Promise<Daemon> {
  if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is not built; name another one in WORKBENCH_DAEMON.`);
  const folder = mkdtempSync(join(tmpdir(), "workbench-page-"));
  const child = spawn(PROGRAM, ["--data-dir", folder, "--http", "127.0.0.1:0", "--coap", "127.0.0.1:0"], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, RUST_LOG: "error" },
  });
  const ended = once(child, "exit");
  const stop = async () => {
    if (child.exitCode === null) child.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const [line] = await Promise.race([
    once(createInterface(child.stdout), "line"),
    ended.then(([code]) => Promise.reject(new Error(`The program ended with ${code} before it was ready.`))),
  ]);
  const ready = JSON.parse(String(line)) as Ready;
  const at = new URL(`http://${ready.listeners.find(({ scheme }) => scheme === "coap")?.address}`);
  return { page: `${ready.http}/#token=${ready.token}`, coap: { host: at.hostname, port: Number(at.port) }, stop };
}
