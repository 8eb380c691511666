/** The figures of the status bar, and whether the program is heard at all. */
import type { Host, Status } from "../host";

export type Link = { is: "connecting" } | { is: "live" } | { is: "lost"; reason: string };

export class StatusState {
  readonly #host: Host;

  current = $state.raw<Status | undefined>(undefined);
  link = $state<Link>({ is: "connecting" });

  constructor(host: Host) {
    this.#host = host;
  }

  async reload(): Promise<void> {
    try {
      this.current = await this.#host.call("status_get", {});
    } catch {
      // The link says why; the last figures stay readable.
    }
  }

  apply(status: Status): void {
    this.current = status;
  }
}
