/**
 * Who may talk to this server, how each proves itself, and who knocked in vain. Secrets pass
 * through here once, in the answer of the call that made them, and are not kept.
 */
import {
  reasonOf,
  type Block,
  type Credential,
  type CredentialListRequest,
  type CredentialOrder,
  type CredentialPutRequest,
  type CredentialPutResponse,
  type Host,
  type Pending,
} from "../host";
import type { LoadState } from "./load";

export type CredentialRow = Credential;
export type CredentialWish = CredentialPutRequest;
export type CredentialMade = CredentialPutResponse;

/** What the list is narrowed down to, besides the text. */
export type CredentialWanted = Pick<CredentialListRequest, "mode" | "server" | "state" | "endpoint">;

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
  wanted = $state.raw<CredentialWanted>({});
  order = $state<CredentialOrder>("holder");
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
    const request = { limit: LISTED, order: this.order, ...this.wanted, ...(filter === "" ? {} : { filter }) };
    try {
      const { credentials, total } = await this.#host.call("credential_list", request);
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

  /** Narrows the list down, or with an absent choice widens it again. */
  want(wanted: { [N in keyof CredentialWanted]: CredentialWanted[N] | undefined }): void {
    const chosen = Object.entries({ ...this.wanted, ...wanted }).filter(([, value]) => value !== undefined);
    this.wanted = Object.fromEntries(chosen);
    void this.reload();
  }

  /** Whether the list is narrowed down at all. */
  get isNarrow(): boolean {
    return this.filter.trim() !== "" || Object.keys(this.wanted).length > 0;
  }

  /** Lists all, or those that one endpoint may use. */
  showAll(endpoint?: string): void {
    this.filter = "";
    this.wanted = endpoint === undefined ? {} : { endpoint };
    void this.reload();
  }

  sort(order: CredentialOrder): void {
    this.order = order;
    void this.reload();
  }

  refreshSoon(): void {
    this.#timer ??= setTimeout(() => void this.reload(), REFRESH_MS);
  }

  /** Throws what is wrong with it. The key of a generated one is in the answer and nowhere else. */
  async put(wish: CredentialWish): Promise<CredentialMade> {
    const made = await this.#host.call("credential_put", wish);
    this.failure = undefined;
    this.refreshSoon();
    return made;
  }

  /** The credential that a new one for the same holder takes the place of, whatever the list shows. */
  async heldBy({ endpoint, endpoint_pattern, server = "management" }: Partial<CredentialWish>): Promise<CredentialRow | undefined> {
    const holder = endpoint ?? endpoint_pattern;
    if (holder === undefined) return undefined;
    const { credentials } = await this.#host.call("credential_list", { filter: holder, server });
    return credentials.find((row) => row.server === server && row.endpoint === endpoint && row.endpoint_pattern === endpoint_pattern);
  }

  /** One after another; the first that cannot be deleted ends it. */
  async remove(credentials: readonly string[]): Promise<void> {
    this.failure = undefined;
    try {
      for (const credential of credentials) await this.#host.call("credential_delete", { credential });
    } catch (error) {
      this.failure = reasonOf(error);
    }
    await this.reload();
  }
}

export class PendingPeers {
  readonly #host: Host;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;

  /** Newest first. */
  list = $state.raw<Pending[]>([]);
  /** Who is kept out: newest first, then endpoints by name. */
  blocks = $state.raw<Block[]>([]);
  load = $state<LoadState>({ is: "loading" });
  /** The one to explain; the newest unless told. */
  chosen = $state<string | undefined>(undefined);
  /** The one that is being acted on. */
  busy = $state<string | undefined>(undefined);
  /** What an action could not do, and the entry or block that it was about. */
  failure = $state.raw<{ id: string; reason: string } | undefined>(undefined);

  constructor(host: Host) {
    this.#host = host;
  }

  async reload(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const mine = (this.#asked += 1);
    try {
      const [{ pending }, { blocks }] = await Promise.all([this.#host.call("pending_list", {}), this.#host.call("block_list", {})]);
      // An answer that was overtaken, good or bad, says nothing any more.
      if (mine !== this.#asked) return;
      this.list = pending;
      this.blocks = blocks;
      this.load = { is: "ready" };
    } catch (error) {
      if (mine === this.#asked) this.load = { is: "failed", reason: reasonOf(error) };
    }
  }

  refreshSoon(): void {
    this.#timer ??= setTimeout(() => void this.reload(), REFRESH_MS);
  }

  /** Why the last action on this one came to nothing. */
  failureOf(id: string): string | undefined {
    return this.failure?.id === id ? this.failure.reason : undefined;
  }

  /** Lets in what knocked; the answer has a key where one was generated. */
  accept = (id: string): Promise<CredentialMade | undefined> => this.#act(id, () => this.#host.call("pending_accept", { id }));
  /** Takes it off the list until it knocks again. */
  dismiss = (id: string): Promise<unknown> => this.#act(id, () => this.#host.call("pending_dismiss", { id }));
  /** Keeps out whoever it is. */
  block = (id: string): Promise<unknown> => this.#act(id, () => this.#host.call("pending_block", { id }));
  /** Lets somebody in again. */
  unblock = (block: string): Promise<unknown> => this.#act(block, () => this.#host.call("block_delete", { block }));

  /** Mends it by another call, such as the one that its explanation names. */
  mend = (id: string, call: () => Promise<unknown>): Promise<unknown> => this.#act(id, call);

  /** Answers nothing after a failure, which is shown. */
  async #act<T>(id: string, call: () => Promise<T>): Promise<T | undefined> {
    this.busy = id;
    this.failure = undefined;
    try {
      return await call();
    } catch (error) {
      this.failure = { id, reason: reasonOf(error) };
      return undefined;
    } finally {
      this.busy = undefined;
      await this.reload();
    }
  }
}
