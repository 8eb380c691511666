/** What a person says of a pre-shared key: the identity, as text or in hex, and a key of their own or none. */
import type { CredentialWish } from "../../state/security.svelte";

export class PskWish {
  identity = $state("");
  /** The identity is written in hex: not every one is text. */
  hex = $state(false);
  key = $state("");
  /** The key is one that the device has; else another is generated. */
  typed = $state(false);
  /** Other holders have the same identity on purpose. */
  shared = $state(false);
  /** A key that looks as if it was written in hex twice is meant so. */
  asIs = $state(false);

  constructor(wish: Partial<CredentialWish> = {}, typed = false) {
    this.identity = wish.identity ?? wish.identity_hex ?? "";
    this.hex = wish.identity === undefined && wish.identity_hex !== undefined;
    this.key = wish.key_hex ?? "";
    this.typed = typed || wish.key_hex !== undefined;
    this.shared = wish.shared ?? false;
  }

  /** Nothing but the name is known of it, which says all. */
  isPlain(name: string): boolean {
    return !this.typed && !this.shared && !this.hex && (this.identity === "" || this.identity === name);
  }

  /** Endpoints that fit a pattern show one identity, which nobody can guess. */
  isReady(pattern: boolean): boolean {
    return (!this.typed || this.key.trim() !== "") && (!pattern || this.identity.trim() !== "");
  }

  get request(): Partial<CredentialWish> {
    const identity = this.identity.trim();
    const key = this.key.replaceAll(/\s+/g, "");
    return {
      ...(identity === "" ? {} : this.hex ? { identity_hex: identity.replaceAll(/[\s:]+/g, "") } : { identity }),
      ...(this.typed && key !== "" ? { key_hex: key } : {}),
      ...(this.typed && this.asIs ? { as_is: true } : {}),
      ...(this.shared ? { shared: true } : {}),
    };
  }
}
