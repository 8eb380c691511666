/** Which dialog about security is open; `SecurityDialogs` shows it, in the shell. */
import { session } from "../../state";
import type { CredentialMade, CredentialRow, CredentialWish } from "../../state/security.svelte";

/** What the dialog for a new device begins with. */
export interface AddWish {
  wish: Partial<CredentialWish>;
  /** The pending entry that it mends. */
  mends?: string;
  /** What it says above; "Add device" unless told. */
  title?: string;
  /** The key that the device has already is asked for; another is generated only where somebody says so. */
  typed?: boolean;
  /** It was added before: what came of it. Only the handshake is shown. */
  made?: CredentialMade;
}

class SecurityDialogState {
  add = $state.raw<AddWish | undefined>(undefined);
  /** The device whose session is shown. */
  session = $state<string | undefined>(undefined);
  importing = $state(false);
  exporting = $state(false);
}

export const securityDialogs = new SecurityDialogState();

export function addDevice(begin: AddWish = { wish: {} }): void {
  securityDialogs.add = begin;
}

/** The same holder and identity, with another key or another proof. */
export function replaceCredential(row: CredentialRow): void {
  const { endpoint, endpoint_pattern, server, mode, identity, identity_hex, public_key, certificate, shared } = row;
  // As text where it is one; named twice it would be refused.
  const own = identity === undefined ? { identity_hex } : { identity };
  const known = present({ endpoint, endpoint_pattern, ...own, public_key, certificate: certificate?.pem });
  const holder = endpoint ?? endpoint_pattern ?? "";
  addDevice({
    wish: { server, mode, shared, ...known },
    title: mode === "psk" ? `New key for ${holder}` : `Replace the credential of ${holder}`,
  });
}

/** The handshake of whoever uses a credential that is there. */
export function watchHandshake(row: CredentialRow): void {
  const { credential, endpoint, endpoint_pattern, server, mode, identity, identity_hex, certificate } = row;
  const wish = { endpoint, endpoint_pattern, server, mode, certificate: certificate?.pem };
  const made = { identity, identity_hex };
  addDevice({ wish: present(wish), made: { credential, replaced: false, ...present(made) } });
}

/** Leads to the form that issues certificates, with the name in it where one is known. */
export function issueCertificate(endpoint: string | undefined): void {
  if (endpoint !== undefined) session.issuing.begin(endpoint);
  session.desk.showSecurity("authority");
}

/** What is there of a record; the contract knows no field without a value. */
function present<T extends object>(fields: T): { [N in keyof T]?: Exclude<T[N], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as { [N in keyof T]?: Exclude<T[N], undefined> };
}
