/** Something that a panel fetches when it opens and again when it says so. */
import { reasonOf } from "../../host";
import type { LoadState } from "../../state/load";

export class Fetched<T> {
  readonly #fetch: () => Promise<T>;
  current = $state.raw<T | undefined>(undefined);
  load = $state<LoadState>({ is: "loading" });
  /** What an action could not do. */
  failure = $state<string | undefined>(undefined);
  busy = $state(false);

  constructor(fetch: () => Promise<T>) {
    this.#fetch = fetch;
  }

  async reload(): Promise<void> {
    try {
      this.current = await this.#fetch();
      this.load = { is: "ready" };
    } catch (error) {
      this.load = { is: "failed", reason: reasonOf(error) };
    }
  }

  /** Does something that changes it; answers what came, or nothing after a failure that is shown. */
  async act<A>(call: () => Promise<A>): Promise<A | undefined> {
    this.busy = true;
    this.failure = undefined;
    try {
      const answer = await call();
      await this.reload();
      return answer;
    } catch (error) {
      this.failure = reasonOf(error);
      return undefined;
    } finally {
      this.busy = false;
    }
  }
}
