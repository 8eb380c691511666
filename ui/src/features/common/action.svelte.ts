/** Something that a person set going: whether it is under way, and why it came to nothing. */
import { reasonOf } from "../../host";

export class Action {
  busy = $state(false);
  failure = $state<string | undefined>(undefined);

  /** Answers what came, or nothing after a failure, which is shown. */
  async run<A>(act: () => Promise<A>): Promise<A | undefined> {
    this.busy = true;
    this.failure = undefined;
    try {
      return await act();
    } catch (error) {
      this.failure = reasonOf(error);
      return undefined;
    } finally {
      this.busy = false;
    }
  }
}
