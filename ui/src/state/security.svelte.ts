/**
 * Who may talk to this server, and how each proves itself. Secrets pass through here once, in
 * the answer of the call that made them, and are not kept.
 */
import { reasonOf, type Credential, type CredentialPutRequest, type CredentialPutResponse, type Host } from "../host";
import type { LoadState } from "./load";

export type CredentialRow = Credential;
export type CredentialWish = CredentialPutRequest;
export type CredentialMade = CredentialPutResponse;

/** Credentials that a list shows; the filter finds the others. */
const LISTED = 1_000;

/** Milliseconds of quiet after which a filter travels, and in which several reasons to look become one look. */
const TYPING_MS = 150;
const REFRESH_MS = 250;

export class Credentials {
  readonly #host: Host;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;

  list = $state.raw<CredentialRow[]>([]);
  /** How many there are that fit the filter, listed or not. */
  total = $state(0);
  load = $state<LoadState>({ is: "loading" });
  filter = $state("");
  /** What a change of one could not do. */
  failure = $state<string | undefined>(undefined);

  constructor(host: Host) {
    this.#host = host;
  }

  async reload(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const mine = (this.#asked += 1);
    const filter = this.filter.trim();
    try {
      const { credentials, total } = await this.#host.call("credential_list", { limit: LISTED, ...(filter === "" ? {} : { filter }) });
      if (mine !== this.#asked) return;
      this.list = credentials;
      this.total = total;
      this.load = { is: "ready" };
    } catch (error) {
      if (mine === this.#asked) this.load = { is: "failed", reason: reasonOf(error) };
    }
  }

  /** Looks anew once what is typed rests. */
  search(filter: string): void {
    this.filter = filter;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.reload(), TYPING_MS);
  }

  refreshSoon(): void {
    this.#timer ??= setTimeout(() => void this.reload(), REFRESH_MS);
  }

  /** Throws what is wrong with it. The key of a generated one is in the answer and nowhere else. */
  async put(wish: CredentialWish): Promise<CredentialMade> {
    const made = await this.#host.call("credential_put", wish);
    this.refreshSoon();
    return made;
  }

  async remove(credential: string): Promise<void> {
    this.failure = undefined;
    try {
      await this.#host.call("credential_delete", { credential });
    } catch (error) {
      this.failure = reasonOf(error);
    }
    await this.reload();
  }
}
