/** Which dialog about security is open; `SecurityDialogs` shows it, in the shell. */
import type { CredentialMade, CredentialWish } from "../../state/security.svelte";

/** What the dialog for a new device begins with. */
export interface AddWish {
  wish: Partial<CredentialWish>;
  /** The pending entry that it mends. */
  mends?: string;
  /** It was added elsewhere already: what came of it. */
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
