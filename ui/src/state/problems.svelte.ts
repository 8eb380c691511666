/** What went wrong lately, newest first: malformed input, refused registrations, occupied ports. */
import { reasonOf, type Host, type Problem } from "../host";
import type { LoadState } from "./load";

/** Problems kept in the page. */
const PROBLEMS_KEPT = 500;

export class Problems {
  readonly #host: Host;

  /** Newest first. */
  list = $state.raw<Problem[]>([]);
  load = $state<LoadState>({ is: "loading" });
  /** Problems that came since the panel was looked at. */
  unseen = $state(0);

  constructor(host: Host) {
    this.#host = host;
  }

  async reload(): Promise<void> {
    try {
      this.list = (await this.#host.call("problem_list", { limit: PROBLEMS_KEPT })).problems;
      this.load = { is: "ready" };
    } catch (error) {
      this.load = { is: "failed", reason: reasonOf(error) };
    }
  }

  /** Takes in an event; a repeated problem moves to the top with its new count. */
  apply(problem: Problem): void {
    const key = keyOf(problem);
    const rest = this.list.filter((other) => keyOf(other) !== key);
    if (rest.length === this.list.length) this.unseen += 1;
    this.list = [problem, ...rest].slice(0, PROBLEMS_KEPT);
  }

  seen(): void {
    this.unseen = 0;
  }
}

/** What makes two problems the same one that repeats. */
export function keyOf({ listener, peer, kind, message }: Problem): string {
  return [listener, peer, kind, message].join("\n");
}
