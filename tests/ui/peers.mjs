// @ts-check
/** Peers outside the program, for what a simulated device inside it cannot show: real sockets, and what goes wrong on them. */
import { execFileSync, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { needed } from "./webdriver.mjs";

/** The beginning of a ClientHello: a DTLS 1.2 handshake record. */
const CLIENT_HELLO = Buffer.from("16feff0000000000000000002f010000230000000000000023fefd", "hex");

/** A device that registers as `<prefix>-0001`, over coaps with a key. `kill` ends it. */
export function comes(prefix, url, { identity = "*", key = "" } = {}) {
  const proof = key === "" ? [] : ["--psk-identity", identity, "--psk-key", key];
  const words = ["simulate", "--count", "1", "--prefix", prefix, "--server", url, ...proof];
  const device = spawn(needed("WORKBENCH_DAEMON"), words, { stdio: "ignore" });
  // Whoever forgets it must not wait for its end.
  device.unref();
  return device;
}

/** A device that begins a handshake at the port for plain CoAP. */
export async function speaksDtls(port) {
  const socket = createSocket("udp4");
  await new Promise((sent) => socket.send(CLIENT_HELLO, port, "127.0.0.1", sent));
  socket.close();
}

/** An address translation between a device and the server, which forgets its mappings when told. */
export class Nat {
  #server;
  #inside = createSocket("udp4");
  #outside = createSocket("udp4");
  #device = 0;

  /** @param {number} server a port of this machine */
  constructor(server) {
    this.#server = server;
    this.#inside.on("message", (bytes, { port }) => {
      this.#device = port;
      this.#outside.send(bytes, this.#server, "127.0.0.1");
    });
    this.forget();
  }

  /** Begins; answers the port that the device has to know. */
  async open() {
    await new Promise((bound) => this.#inside.bind(0, "127.0.0.1", () => bound(undefined)));
    return this.#inside.address().port;
  }

  /** From now on the device comes from another port, and what is sent to the old one is lost. */
  forget() {
    this.#outside.removeAllListeners();
    this.#outside.close();
    this.#outside = createSocket("udp4");
    this.#outside.on("message", (bytes) => this.#inside.send(bytes, this.#device, "127.0.0.1"));
  }

  close() {
    this.#inside.close();
    this.#outside.close();
  }
}

const AUTHORITY = `
[ca]
default_ca = own
[own]
database = index.txt
new_certs_dir = .
serial = serial
default_md = sha256
policy = any
[any]
commonName = supplied
`;

/** A certificate of a device that ended a year ago, with the authority that signed it; `remove` it at the end. */
export function expiredCertificate(endpoint) {
  const folder = mkdtempSync(join(tmpdir(), "workbench-expired-"));
  const openssl = (...words) => execFileSync("openssl", words, { cwd: folder, stdio: "ignore" });
  const pair = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  writeFileSync(join(folder, "authority.cnf"), AUTHORITY);
  writeFileSync(join(folder, "index.txt"), "");
  writeFileSync(join(folder, "serial"), "01\n");
  openssl("req", "-x509", ...pair, "-subj", "/CN=Field devices 2024", "-keyout", "authority.key", "-out", "authority.pem");
  openssl("req", ...pair, "-subj", `/CN=${endpoint}`, "-keyout", "device.key", "-out", "device.csr");
  const dates = ["-startdate", "20241101000000Z", "-enddate", "20251101000000Z"];
  const signer = ["-config", "authority.cnf", "-cert", "authority.pem", "-keyfile", "authority.key"];
  openssl("ca", "-batch", "-notext", ...signer, "-in", "device.csr", "-out", "device.pem", ...dates);
  return {
    authority: readFileSync(join(folder, "authority.pem"), "utf8"),
    /** The device comes with it to a port of this machine. */
    comes: (port) => {
      const words = ["s_client", "-dtls1_2", "-connect", `127.0.0.1:${port}`, "-cert", "device.pem", "-key", "device.key"];
      return spawn("openssl", words, { cwd: folder, stdio: ["pipe", "ignore", "ignore"] });
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
