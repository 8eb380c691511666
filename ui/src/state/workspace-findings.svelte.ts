/** What may be amiss with one device that is in. Whoever shows it says when to look anew. */
import type { CompatibilityRow, Finding, FindingCode } from "../host";
import type { Session } from "./session.svelte";

export class Findings {
  readonly #session: Session;
  readonly #endpoint: string;
  #fetches = 0;

  list = $state.raw<Finding[]>([]);
  /** What was asked of the device about each that is listed: the operation, whoever looks on. */
  asked = $state.raw<Partial<Record<FindingCode, string>>>({});

  constructor(session: Session, endpoint: string) {
    this.#session = session;
    this.#endpoint = endpoint;
  }

  /** What was found stays where looking anew fails: the profile says why. */
  async refresh(): Promise<void> {
    await this.fetch().catch(() => undefined);
  }

  /** The same for somebody who says why it fails; answers how often each deviation was seen. */
  async fetch(): Promise<CompatibilityRow[]> {
    const mine = (this.#fetches += 1);
    const { findings, rows } = await this.#session.host.call("compatibility_get", { endpoint: this.#endpoint });
    // An answer that was overtaken says nothing any more.
    if (mine === this.#fetches) {
      this.list = findings;
      const listed = Object.entries(this.asked).filter(([asked]) => findings.some(({ code }) => code === asked));
      this.asked = Object.fromEntries(listed);
    }
    return rows;
  }

  /** Remembers the operation that was begun to mend one. */
  noteAsked(code: FindingCode, operation: string): void {
    this.asked = { ...this.asked, [code]: operation };
  }
}
