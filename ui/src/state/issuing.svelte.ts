/**
 * Certificates on their way to devices: for whom one is wanted, and what the authority made.
 * A private key is in its answer and nowhere else, so an answer stays here whatever else is
 * looked at meanwhile, until somebody puts it away.
 */
import type { AuthorityIssueResponse } from "../host";

/** What came of one request. */
export interface Issued extends AuthorityIssueResponse {
  id: number;
  /** For whom. */
  endpoint: string;
  /** Whether its private key, if it has one, lies in a file by now. */
  saved: boolean;
}

export class Issuing {
  /** The endpoint client name that is typed. */
  endpoint = $state("");
  /** The signing request that is typed, PEM. */
  csr = $state("");
  /** Newest first. */
  list = $state.raw<Issued[]>([]);
  #count = 0;

  /** Begins with a device that needs a certificate. */
  begin(endpoint: string): void {
    this.endpoint = endpoint;
    this.csr = "";
  }

  take(endpoint: string, answer: AuthorityIssueResponse): void {
    const id = (this.#count += 1);
    this.list = [{ ...answer, id, endpoint, saved: answer.private_key_pem === undefined }, ...this.list];
    this.endpoint = this.csr = "";
  }

  noteSaved(id: number): void {
    this.list = this.list.map((one) => (one.id === id ? { ...one, saved: true } : one));
  }

  putAway(id: number): void {
    this.list = this.list.filter((one) => one.id !== id);
  }
}
