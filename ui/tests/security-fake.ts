/** What the fake door knows of credentials. Never part of the product. */
import type { Calls } from "../src/host/generated";
import { Refusal } from "./fake-door";

type Name = keyof Calls;
type Answers = { [N in Name]?: (request: Calls[N]["request"]) => Calls[N]["response"] };
type Row = Calls["credential_list"]["response"]["credentials"][number];

export const GENERATED_KEY = "8f3a1c5d7e9b0246813579bdf02468ac";
const PEM = `-----BEGIN CERTIFICATE-----\n${"MIIBszCCAVmgAwIBAgIUQ2x9m0fT3sWcYt1aVbqk7Zr5p8wwCgYIKoZIzj0EAwIw\n".repeat(7)}-----END CERTIFICATE-----\n`;
const PUBLIC_KEY = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf4k3l7Yw0m2fWqf0bX9s0v1nV3T5d7QkJ8rZ2pX6cHn4y9uB1aEo3sLw5gTjKq7iRxMzNvPcAeUdYhSbGtCwIQ==";

export function securityAnswers(now: number, full: boolean): Answers {
  const at = (ago: number) => new Date(now - ago).toISOString();
  let credentials: Row[] = full ? someCredentials(at) : [];
  return {
    credential_list: ({ filter = "", limit = 1_000 }) => {
      const fit = credentials.filter((row) => `${row.endpoint ?? row.endpoint_pattern} ${row.identity}`.includes(filter));
      return { credentials: fit.slice(0, limit), total: fit.length };
    },
    credential_put: ({ endpoint, endpoint_pattern, server = "management", mode, identity = endpoint ?? "", key_hex, shared = false }) => {
      if (key_hex !== undefined && !/^([0-9a-f]{2}){1,64}$/i.test(key_hex)) {
        throw new Refusal("invalid_value", "The key is not hex: it has an odd number of digits. Enter two digits for each byte.");
      }
      const credential = `c-${credentials.length + 1}`;
      const row = { credential, server, mode, shared, created_at: at(0), identity };
      credentials = [{ ...row, ...(endpoint === undefined ? { endpoint_pattern: endpoint_pattern ?? "" } : { endpoint }) }, ...credentials];
      const made = { credential, replaced: false, ...(mode === "psk" ? { identity } : {}) };
      return mode === "psk" && key_hex === undefined ? { ...made, key_hex: GENERATED_KEY } : made;
    },
    credential_delete: ({ credential }) => ((credentials = credentials.filter((row) => row.credential !== credential)), {}),
  };
}

const DAY = 86_400_000;

function someCredentials(at: (ago: number) => string): Row[] {
  const row = (credential: string, more: Partial<Row>): Row => ({ credential, server: "management", mode: "psk", shared: false, created_at: at(12 * DAY), ...more });
  return [
    row("c-1", { endpoint: "urn:imei:356938035643809", identity: "urn:imei:356938035643809", last_used_at: at(4_000), last_outcome: "accepted", online: true }),
    row("c-2", { endpoint: "urn:imei:356938035643817", identity: "urn:imei:356938035643817", last_used_at: at(90_000), last_outcome: "failed" }),
    row("c-3", { endpoint_pattern: "meter-*", identity: "meters-batch-7", shared: true, last_used_at: at(34_000), online: true }),
    row("c-4", { endpoint: "gateway-roof", mode: "x509", certificate: { pem: PEM, subject: "CN=gateway-roof", not_after: at(-12 * DAY) }, last_used_at: at(9_000), online: true }),
    row("c-5", { endpoint: "valve-7", mode: "rpk", public_key: PUBLIC_KEY }),
    row("c-6", { endpoint: "valve-7", server: "bootstrap", identity: "valve-7-bs" }),
    row("c-7", { endpoint: "bench-toy", mode: "nosec" }),
  ];
}
