// @ts-check
/** What the pictures of the area of security show, with peers that really come, and with some that do not get in. */
import { networkInterfaces } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

import { call, device, startSimulated, tab, typeInto } from "./desk.mjs";
import { comes, expiredCertificate, Nat, speaksDtls } from "./peers.mjs";
import { Keys } from "./webdriver.mjs";

/** How long a peer may take to come, or to give up. */
const PATIENCE_MS = 40_000;
/** How long a device stays at one address of its translation. */
const STAY_MS = 7_500;
/** How long a call that nobody waits for may take. */
const SETTLE_MS = 1_000;
const KEY = "00112233445566778899aabbccddeeff";
const [ROAMER, NEWCOMER, FALLEN] = ["urn:dev:roamer", "urn:dev:pump", "urn:dev:valve"];
const expired = expiredCertificate("gateway-roof");
process.on("exit", () => {
  leave();
  expired.remove();
});

/** Peers of the scene at hand. */
let peers = /** @type {{ kill: () => unknown }[]} */ ([]);

/** Credentials of every kind; some of their devices are here, most are still expected. */
async function setUp(window) {
  await startSimulated(window);
  await call(window, "simulator_start", { count: 2, kind: "tracker", prefix: "van" });
  await call(window, "simulator_start", { count: 2, kind: "meter", prefix: "urn:dev:sealed", security: "psk" });
  await call(window, "trust_anchor_put", { certificate_pem: expired.authority });
  for (const wish of [
    { endpoint: "gateway-roof", mode: "x509" },
    { endpoint: "urn:imei:356938035643817", mode: "psk" },
    { endpoint_pattern: "meter-*", mode: "psk", identity: "meters-batch-7", shared: true },
    { endpoint: "valve-7", mode: "psk", server: "bootstrap", identity: "valve-7-bs" },
    { endpoint: "bench-toy", mode: "nosec" },
  ]) {
    await call(window, "credential_put", wish);
  }
  await window.find(device("urn:dev:sealed-0002"));
}

/** The ports that this window's program listens at. */
async function ports(window) {
  const footer = await window.text("footer");
  const [plain, secure] = [/coap (\d+)/, /coaps (\d+)/].map((port) => Number(port.exec(footer)?.[1]));
  return { plain, secure };
}

function leave() {
  for (const one of peers) one.kill();
  peers = [];
}

async function openTab(window, name) {
  leave();
  await window.click("nav button[aria-label^=Security]");
  await window.click(tab(name));
}

async function arrangeCredentials(window) {
  await openTab(window, "credentials");
  await window.find("//*[@role='row'][contains(., 'gateway-roof')]");
  // Away from the button, whose name would stand over the picture.
  await window.hover("input[placeholder^='Filter by endpoint or identity']");
}

/** Several picked, to do something with all of them. */
async function arrangePicked(window) {
  await arrangeCredentials(window);
  await window.click("//*[@role='row'][contains(., 'gateway-roof')]");
  for (let i = 0; i < 3; i += 1) {
    await window.type(" ");
    await window.act([{ type: "key", id: "keyboard", actions: [{ type: "keyDown", value: "\uE015" }, { type: "keyUp", value: "\uE015" }] }]);
  }
  await window.find("//*[contains(., '3 credentials selected')]");
}

/** Three devices do not get in: one speaks DTLS to the plain port, one has another key, one a mistyped identity. */
async function arrangePending(window) {
  await openTab(window, "pending");
  const { plain, secure } = await ports(window);
  await speaksDtls(plain);
  const identities = ["urn:imei:356938035643817", "URN:imei:356938035643817"];
  peers = identities.map((identity) => comes("other", `coaps://127.0.0.1:${secure}`, { identity, key: KEY }));
  await window.find("//main//*[contains(., 'close to a known one')]", PATIENCE_MS);
  await window.find("//main//*[text()='Wrong key']", PATIENCE_MS);
  leave();
  await explain(window, "Wrong key");
}

/** A device whose certificate ended a year ago. */
async function arrangeExpired(window) {
  await openTab(window, "pending");
  peers = [expired.comes((await ports(window)).secure)];
  await explain(window, "expired");
}

async function explain(window, words) {
  const row = `//main//li//button[contains(., '${words}')]`;
  await window.find(row, PATIENCE_MS);
  await window.click(row);
  await window.find(`//article[@aria-label='Explanation'][contains(., '${words}')]`);
}

async function arrangeAuthority(window) {
  await openTab(window, "authority");
  await typeInto(window, "input[placeholder^='urn:imei']", "gateway-roof");
  await window.type(Keys.ENTER);
  await window.find("//*[contains(., 'Save the private key now')]");
}

async function arrangeIdentity(window) {
  await openTab(window, "identity");
  await window.find("//*[contains(., 'What devices are shown')]");
}

/** A name typed, one press: what goes into the device. */
async function arrangeAddDevice(window, endpoint = "urn:imei:356938035643841") {
  leave();
  // Nothing is replaced, so nothing is asked first.
  await call(window, "credential_delete", { endpoint });
  await sleep(SETTLE_MS);
  await window.click("//header//button[contains(., 'Add device')]");
  await window.find("dialog input");
  await window.type(endpoint);
  await window.type(Keys.ENTER);
  await window.find("//dialog//*[contains(., 'the only time')]");
}

/** The same, and the device comes with what was entered into it. */
async function arrangeHandshake(window) {
  // Nobody copied the key that the dialog before shows.
  await window.type(Keys.ESCAPE);
  await window.click("//dialog//button[contains(., 'Close without it')]");
  await arrangeAddDevice(window, `${NEWCOMER}-0001`);
  await window.click("button[aria-label='Show the Key, hex']");
  const key = await window.text("//dialog//*[span='Key, hex']//code");
  await window.click("button[aria-label='Cover the Key, hex']");
  peers = [comes(NEWCOMER, `coaps://127.0.0.1:${(await ports(window)).secure}`, { key })];
  await window.find(`//dialog//*[contains(., '${NEWCOMER}-0001 is here')]`, PATIENCE_MS);
}

/** A device over coaps, behind an address translation that forgets it twice. */
async function arrangeSession(window) {
  await window.type(Keys.ESCAPE);
  leave();
  const endpoint = `${ROAMER}-0001`;
  await call(window, "credential_put", { endpoint, mode: "psk", key_hex: KEY });
  const nat = new Nat((await ports(window)).secure);
  const roamer = comes(ROAMER, `coaps://127.0.0.1:${await nat.open()}`, { key: KEY });
  peers = [roamer, { kill: () => nat.close() }];
  await window.click("nav button[aria-label=Devices]");
  await window.doubleClick(device(endpoint));
  await window.find(`//header//*[contains(., '${endpoint}')]`, PATIENCE_MS);
  await call(window, "observation_start", { endpoint, path: "/3303/0/5700" });
  for (let i = 0; i < 2; i += 1) {
    await sleep(STAY_MS);
    nat.forget();
  }
  await sleep(STAY_MS);
  await window.click("//header//dd//button[contains(., 'PSK')]");
  await window.hover("dialog h2");
  await window.find("//dialog//li[3]", PATIENCE_MS);
}

/** The address of this machine that others reach it by. */
function outward() {
  const found = Object.values(networkInterfaces()).flatMap((own) => own ?? []).find(({ internal, family }) => !internal && family === "IPv4");
  if (!found) throw new Error("This machine has no network address but loopback.");
  return found.address;
}

/** Devices with and without security, one of them fallen back, at a port that is open to the network. */
async function arrangeExposed(window) {
  await window.type(Keys.ESCAPE);
  leave();
  const [endpoint, open] = [`${FALLEN}-0001`, `${outward()}:5683`];
  await call(window, "credential_put", { endpoint, mode: "psk", key_hex: KEY });
  const secured = comes(FALLEN, `coaps://127.0.0.1:${(await ports(window)).secure}`, { key: KEY });
  peers = [secured];
  await window.click("nav button[aria-label=Devices]");
  if (await window.has("button[aria-label='Show as table']")) await window.click("button[aria-label='Show as table']");
  await window.find(`//*[@data-key='${endpoint}'][contains(., 'PSK')][contains(., 'online')]`, PATIENCE_MS);
  leave();
  await call(window, "credential_put", { endpoint, mode: "nosec" });
  if (!(await window.has("//footer//*[contains(., 'open to all')]"))) await call(window, "listener_open", { scheme: "coap", address: open });
  await window.find("//footer//*[contains(., 'open to all')]", PATIENCE_MS);
  peers = [comes(FALLEN, `coap://${open}`), comes("bench-meter", `coap://${open}`)];
  await window.find("//*[@data-key='bench-meter-0001'][contains(., 'online')]", PATIENCE_MS);
  await window.find(`//*[@data-key='${endpoint}'][contains(., 'fell back')]`, PATIENCE_MS);
}

/** What is open, in the settings. */
async function arrangeListeners(window) {
  await window.click("nav button[aria-label=Settings]");
  await window.find("//main//*[contains(., 'open to all')]");
  await window.hover("//main//*[text()='Interfaces and ports']");
}

export const security = {
  work: setUp,
  scenes: [
    { name: "credentials", ready: "main", arrange: arrangeCredentials },
    { name: "credentials-picked", ready: "main", arrange: arrangePicked },
    { name: "pending", ready: "main", arrange: arrangePending },
    { name: "expired", ready: "main", arrange: arrangeExpired },
    { name: "identity", ready: "main", arrange: arrangeIdentity },
    { name: "authority", ready: "main", arrange: arrangeAuthority },
    { name: "add-device", ready: "main", arrange: arrangeAddDevice },
    { name: "handshake", ready: "main", arrange: arrangeHandshake },
    { name: "session", ready: "main", arrange: arrangeSession },
    { name: "exposed", ready: "main", arrange: arrangeExposed },
    { name: "listeners", ready: "main", arrange: arrangeListeners },
  ],
};
