/** What the fake door knows of credentials, of who knocked in vain, and of the server's own keys. Never part of the product. */
import type { Block, Calls, CertificateInfo, IssuedCertificate, Pending, TrustAnchor } from "../src/host/generated";
import { Refusal } from "./fake-door";

type Name = keyof Calls;
type Answers = { [N in Name]?: (request: Calls[N]["request"]) => Calls[N]["response"] };
type Row = Calls["credential_list"]["response"]["credentials"][number];

export const GENERATED_KEY = "8f3a1c5d7e9b0246813579bdf02468ac";
const PEM = `-----BEGIN CERTIFICATE-----\n${"MIIBszCCAVmgAwIBAgIUQ2x9m0fT3sWcYt1aVbqk7Zr5p8wwCgYIKoZIzj0EAwIw\n".repeat(7)}-----END CERTIFICATE-----\n`;
const KEY_PEM = `-----BEGIN PRIVATE KEY-----\n${"MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgfakefakefakefake\n".repeat(2)}-----END PRIVATE KEY-----\n`;
const PUBLIC_KEY = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf4k3l7Yw0m2fWqf0bX9s0v1nV3T5d7QkJ8rZ2pX6cHn4y9uB1aEo3sLw5gTjKq7iRxMzNvPcAeUdYhSbGtCwIQ==";

export function securityAnswers(now: number, full: boolean): Answers {
  const at = (ago: number) => new Date(now - ago).toISOString();
  let credentials: Row[] = full ? someCredentials(at) : [];
  let pending: Pending[] = full ? someKnocks(at) : [];
  let blocks: Block[] = [];
  const drop = (id: string) => (pending = pending.filter((row) => row.id !== id));
  const identity = {
    certificate_pem: PEM,
    chain_pem: PEM,
    public_key: PUBLIC_KEY,
    certificate_forms: { pem: PEM, base64: PUBLIC_KEY, hex: "3082" },
    public_key_forms: { pem: PEM, base64: PUBLIC_KEY, hex: "3059" },
    certificate: info("CN=lwm2m-workbench", at(-3_000 * DAY)),
  };
  const issued = full ? [issue("gateway-roof", at(9 * DAY), at(-356 * DAY)), issue("valve-7", at(350 * DAY), at(-15 * DAY))] : [];
  let anchors: TrustAnchor[] = [
    { trust_anchor: "a0", certificate_pem: PEM, certificate: info("CN=Bench authority", at(-3_000 * DAY)), own: true, added_at: at(9 * DAY) },
    { trust_anchor: "a1", certificate_pem: PEM, certificate: info("CN=Meridian Device CA, O=Meridian", at(-1_800 * DAY)), own: false, added_at: at(2 * DAY) },
  ];

  return {
    credential_list: ({ filter = "", limit = 1_000, mode, state, endpoint, order }) => {
      const fares = (row: Row) => (row.last_used_at === undefined ? "never_used" : row.last_outcome);
      const fit = credentials.filter(
        (row) =>
          `${row.endpoint ?? row.endpoint_pattern} ${row.identity}`.includes(filter) &&
          (mode === undefined || row.mode === mode) &&
          (state === undefined || fares(row) === state) &&
          (endpoint === undefined || row.endpoint === endpoint),
      );
      if (order === "used") fit.sort((a, b) => (b.last_used_at ?? "").localeCompare(a.last_used_at ?? ""));
      return { credentials: fit.slice(0, limit), total: fit.length };
    },
    credential_put: ({ endpoint, endpoint_pattern, server = "management", mode, identity, identity_hex, key_hex, shared = false }) => {
      const named = mode !== "psk" ? {} : identity_hex === undefined ? { identity: identity ?? endpoint ?? "" } : {};
      const known = mode !== "psk" ? {} : { ...named, identity_hex: identity_hex ?? hex(named.identity ?? "") };
      if (key_hex !== undefined && !/^([0-9a-f]{2}){1,64}$/i.test(key_hex)) {
        throw new Refusal("invalid_value", "The key is not hex: it has an odd number of digits. Enter two digits for each byte.");
      }
      const credential = `c-${credentials.length + 1}`;
      const row = { credential, server, mode, shared, created_at: at(0), ...known };
      const others = credentials.filter((one) => one.server !== server || one.endpoint !== endpoint || one.endpoint_pattern !== endpoint_pattern);
      const replaced = others.length < credentials.length;
      credentials = [{ ...row, ...(endpoint === undefined ? { endpoint_pattern: endpoint_pattern ?? "" } : { endpoint }) }, ...others];
      const made = { credential, replaced, ...known };
      return mode === "psk" && key_hex === undefined ? { ...made, key_hex: GENERATED_KEY } : made;
    },
    credential_import: ({ csv, dry_run }) => {
      const rows = csv.trim().split("\n").slice(1).map((line, i) => {
        const endpoint = line.split(",")[0] ?? "";
        const known = credentials.some((row) => row.endpoint === endpoint);
        if (endpoint === "") return { line: i + 2, endpoint, outcome: "invalid" as const, message: "The endpoint is missing." };
        if (known) return { line: i + 2, endpoint, outcome: "conflict" as const, message: "Another credential has the identity already." };
        return { line: i + 2, endpoint, outcome: "new" as const };
      });
      return { rows, written: dry_run ? 0 : rows.filter(({ outcome }) => outcome === "new").length };
    },
    credential_export: () => ({ name: "credentials.json", content: "sealed" }),
    server_identity_get: () => identity,
    server_identity_put: () => {
      throw new Refusal("invalid_value", "The private key does not belong to the certificate: their public keys differ.");
    },
    server_identity_list: () => ({
      server_identities: full
        ? [{ server_name: "lab.example", certificate: { ...info("CN=lab.example", at(-9 * DAY)), warning: "It ends in 9 days; replace it before." }, warning: "The certificate is in another name.", added_at: at(DAY) }]
        : [],
    }),
    authority_get: () => ({ certificate_pem: PEM, certificate: info("CN=Bench authority", at(-3_000 * DAY)), issued }),
    authority_issue: ({ endpoint, csr_pem }) => {
      issued.unshift(issue(endpoint, at(0), at(-365 * DAY)));
      return { certificate_pem: PEM, chain_pem: PEM, ...(csr_pem === undefined ? { private_key_pem: KEY_PEM } : {}) };
    },
    trust_anchor_list: () => ({ trust_anchors: anchors }),
    trust_anchor_put: () => ({ trust_anchors: anchors }),
    trust_anchor_delete: ({ trust_anchor }) => ({ trust_anchors: (anchors = anchors.filter((one) => one.trust_anchor !== trust_anchor)) }),
    pending_list: () => ({ pending }),
    pending_accept: ({ id }) => {
      const action = pending.find((one) => one.id === id)?.action?.request as Record<string, unknown> | undefined;
      drop(id);
      // A key that is kept was not generated, and nosec has none.
      const keyed = action?.mode === "psk" && action.keep_key !== true;
      return { credential: "c-9", replaced: action?.keep_key === true, ...(keyed ? { key_hex: GENERATED_KEY, identity: `${action.identity}` } : {}) };
    },
    pending_dismiss: ({ id }) => (drop(id), {}),
    pending_block: ({ id }) => {
      const target = pending.find((one) => one.id === id)?.block ?? { kind: "address", subject: id };
      const block = { ...target, block: `b-${id}`, since: at(0), ...(target.kind === "address" ? { until: at(-3_600_000) } : {}) };
      blocks = [block, ...blocks];
      drop(id);
      return block;
    },
    block_list: () => ({ blocks }),
    block_delete: ({ block }) => ({ blocks: (blocks = blocks.filter((one) => one.block !== block)) }),
    session_get: ({ endpoint }) => ({
      endpoint,
      mode: "psk",
      suite: "TLS_PSK_WITH_AES_128_CCM_8",
      cid: true,
      cid_bytes: 8,
      resumed: false,
      established_at: at(7_600_000),
      age_s: 7_600,
      dropped_records: 2,
      dropped_because: "Records that came twice or could not be opened.",
      identity: endpoint,
      addresses: [
        { address: "192.168.1.20:49152", since: at(7_600_000) },
        { address: "10.20.0.9:50110", since: at(60_000) },
      ],
    }),
    sealing_get: () => ({ way: "file", warning: "Whoever can read the data folder can open the secrets." }),
    sealing_put: ({ way }) => ({ way }),
    credential_delete: ({ credential }) => ((credentials = credentials.filter((row) => row.credential !== credential)), {}),
  };
}

const DAY = 86_400_000;

function info(subject: string, not_after: string): CertificateInfo {
  const fingerprint = "9f2c61a4".repeat(8);
  return { subject, issuer: subject, not_before: not_after, not_after, serial: [...`${subject}${not_after}`].map((letter) => letter.charCodeAt(0).toString(16)).join("").slice(-40), fingerprint, key: "on the curve P-256", self_signed: true };
}

function issue(endpoint: string, issued_at: string, not_after: string): IssuedCertificate {
  return { endpoint, issued_at, certificate: info(`CN=${endpoint}`, not_after), certificate_pem: PEM };
}

function someCredentials(at: (ago: number) => string): Row[] {
  const row = (credential: string, more: Partial<Row>): Row => ({
    credential,
    server: "management",
    mode: "psk",
    shared: false,
    created_at: at(12 * DAY),
    ...(more.identity === undefined ? {} : { identity_hex: hex(more.identity) }),
    ...more,
  });
  return [
    row("c-1", { endpoint: "urn:imei:356938035643809", identity: "urn:imei:356938035643809", last_used_at: at(4_000), last_outcome: "accepted", online: true }),
    row("c-2", { endpoint: "urn:imei:356938035643817", identity: "urn:imei:356938035643817", last_used_at: at(90_000), last_outcome: "failed" }),
    row("c-3", { endpoint_pattern: "meter-*", identity: "meters-batch-7", shared: true, last_used_at: at(34_000), online: true }),
    row("c-4", { endpoint: "gateway-roof", mode: "x509", certificate: { pem: PEM, subject: "CN=gateway-roof", not_after: at(-12 * DAY) }, last_used_at: at(9_000), online: true }),
    row("c-5", { endpoint: "valve-7", mode: "rpk", public_key: PUBLIC_KEY }),
    row("c-6", { endpoint: "valve-7", server: "bootstrap", identity: "valve-7-bs" }),
    row("c-7", { endpoint: "bench-toy", mode: "nosec" }),
    row("c-8", { endpoint: "tag-0042", identity_hex: "00420001ff" }),
  ];
}

function someKnocks(at: (ago: number) => string): Pending[] {
  const from = { listener: "coaps 0.0.0.0:5684", first_at: at(400_000), time: at(6_000), count: 9 };
  return [
    {
      ...from,
      id: "p-1",
      address: "192.168.1.31:50112",
      kind: "handshake",
      cause: "wrong_key",
      block: { kind: "identity", subject: "urn:imei:356938035643817" },
      step: "key_exchange",
      acceptable: false,
      endpoint: "urn:imei:356938035643817",
      identity: "urn:imei:356938035643817",
      identity_hex: hex("urn:imei:356938035643817"),
      title: "Wrong key",
      seen: "A device at 192.168.1.31 named the identity \"urn:imei:356938035643817\", which is known, and then its Finished could not be opened.",
      why: "The device and this server have different keys for it. The key here has 16 bytes; a device that takes the hex digits for the key itself has twice as many.",
      fix: "Give both the same key: set the device's key here, or have a new one generated and put it into the device.",
      action: {
        label: "Set the key…",
        call: "credential_put",
        request: { endpoint: "urn:imei:356938035643817", mode: "psk", identity_hex: hex("urn:imei:356938035643817"), shared: false },
      },
    },
    {
      ...from,
      id: "p-2",
      address: "192.168.1.44:49999",
      kind: "handshake",
      cause: "dtls_on_plain_port",
      block: { kind: "address", subject: "192.168.1.44" },
      acceptable: false,
      listener: "coap 0.0.0.0:5683",
      title: "DTLS on the plain port",
      seen: "A DTLS handshake record (first byte 0x16) came to coap port 5683.",
      why: "The device uses a secured connection, but its server URL names the plain port.",
      fix: "Set the server URL of the device to coaps:// and port 5684.",
    },
    {
      ...from,
      id: "p-3",
      address: "192.168.1.50:5683",
      kind: "endpoint",
      cause: "unnamed_endpoint",
      block: { kind: "endpoint", subject: "newcomer-1" },
      acceptable: true,
      listener: "coap 0.0.0.0:5683",
      endpoint: "newcomer-1",
      count: 1,
      title: "An endpoint that nobody named",
      seen: "\"newcomer-1\" registered from 192.168.1.50:5683 without security, and nobody named it here.",
      why: "Any endpoint without credentials of its own may come without security. Anybody who reaches this listener may use any such name.",
      fix: "Accept it as it is, give it a key so that it has to come over coaps, or block it.",
      action: { label: "Accept without security", call: "credential_put", request: { endpoint: "newcomer-1", mode: "nosec" } },
    },
    {
      ...from,
      id: "p-4",
      address: "192.168.1.61:50300",
      kind: "handshake",
      cause: "unknown_psk_identity",
      block: { kind: "identity", subject: "valve-8" },
      step: "verified",
      acceptable: true,
      endpoint: "valve-8",
      identity: "valve-8",
      identity_hex: hex("valve-8"),
      title: "Unknown identity",
      seen: "A device at 192.168.1.61 named the identity \"valve-8\", which no credential has.",
      why: "The device has a key that this server was never told.",
      fix: "Add a credential with this identity and the key of the device. Identities are compared byte for byte, so case and blanks count.",
      action: { label: "Add a credential", call: "credential_put", request: { endpoint: "valve-8", mode: "psk", identity: "valve-8" } },
    },
    {
      ...from,
      id: "p-5",
      address: "192.168.1.62:50301",
      kind: "handshake",
      cause: "certificate_expired",
      block: { kind: "address", subject: "192.168.1.62" },
      step: "key_exchange",
      acceptable: false,
      endpoint: "gateway-roof",
      title: "The certificate has expired",
      seen: "A device at 192.168.1.62 shows the certificate \"CN=gateway-roof\", which ended on 2026-11-08.",
      why: "A certificate counts only until the day that stands in it.",
      fix: "Put a new certificate into the device; the authority of this bench issues one.",
      action: { label: "Issue a certificate", call: "authority_issue", request: { endpoint: "gateway-roof" } },
    },
  ];
}

/** The bytes of a text. */
function hex(text: string): string {
  return [...new TextEncoder().encode(text)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
