/** Which dialog about security is open; `SecurityDialogs` shows it, in the shell. */
import type { CredentialWish } from "../../state/security.svelte";

class SecurityDialogState {
  /** What the dialog for a new device begins with. */
  add = $state.raw<Partial<CredentialWish> | undefined>(undefined);
}

export const securityDialogs = new SecurityDialogState();

export function addDevice(wish: Partial<CredentialWish> = {}): void {
  securityDialogs.add = wish;
}
