/**
 * A certificate on its way to a device: for whom one is wanted, and what the authority made.
 * A private key is shown once only, so it stays here whatever else is looked at meanwhile,
 * until somebody saved or dismissed it.
 */
import type { AuthorityIssueResponse } from "../host";

/** What came of a request, and for whom. */
export interface Issued extends AuthorityIssueResponse {
  endpoint: string;
}

export class Issuing {
  /** The endpoint client name that is typed. */
  endpoint = $state("");
  /** The signing request that is typed, PEM. */
  csr = $state("");
  issued = $state.raw<Issued | undefined>(undefined);

  /** Begins with a device that needs a certificate. */
  begin(endpoint: string): void {
    this.endpoint = endpoint;
    this.csr = "";
  }

  take(issued: Issued): void {
    this.issued = issued;
    this.endpoint = this.csr = "";
  }

  dismiss(): void {
    this.issued = undefined;
  }
}
