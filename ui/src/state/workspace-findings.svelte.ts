/** What may be amiss with one device that is in. Whoever shows it says when to look anew. */
import type { Finding } from "../host";
import type { Session } from "./session.svelte";

export class Findings {
  readonly #session: Session;
  readonly #endpoint: string;

  list = $state.raw<Finding[]>([]);

  constructor(session: Session, endpoint: string) {
    this.#session = session;
    this.#endpoint = endpoint;
  }

  /** What was found stays where looking anew fails: the profile says why. */
  async refresh(): Promise<void> {
    const answer = await this.#session.host.call("compatibility_get", { endpoint: this.#endpoint }).catch(() => undefined);
    if (answer !== undefined) this.list = answer.findings;
  }
}
