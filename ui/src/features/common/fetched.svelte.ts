/** Something that a panel fetches when it opens and again when it says so. */
import { reasonOf } from "../../host";
import type { LoadState } from "../../state/load";
import { Action } from "./action.svelte";

export class Fetched<T> extends Action {
  readonly #fetch: () => Promise<T>;
  current = $state.raw<T | undefined>(undefined);
  load = $state<LoadState>({ is: "loading" });

  constructor(fetch: () => Promise<T>) {
    super();
    this.#fetch = fetch;
  }

  readonly reload = async (): Promise<void> => {
    try {
      this.current = await this.#fetch();
      this.load = { is: "ready" };
    } catch (error) {
      this.load = { is: "failed", reason: reasonOf(error) };
    }
  };

  /** Does something that changes it; answers what came, or nothing after a failure, which is shown. */
  act<A>(call: () => Promise<A>): Promise<A | undefined> {
    return this.run(async () => {
      const answer = await call();
      await this.reload();
      return answer;
    });
  }
}
