/** What became of the latest change: saved, or refused with a sentence that stands under its own field. */
import { reasonOf, type SettingsPutRequest } from "../../host";
import { session } from "../../state";

export type SettingName = keyof SettingsPutRequest;

/** Milliseconds for which "Saved" stands. */
const SAID_MS = 2_500;

export class SettingsForm {
  #latest = $state.raw<{ name: SettingName; refusal?: string } | undefined>(undefined);
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Changes one setting; answers whether it was taken. */
  readonly put = async (change: SettingsPutRequest): Promise<boolean> => {
    const [name] = Object.keys(change) as SettingName[];
    if (name === undefined) return true;
    clearTimeout(this.#timer);
    this.#latest = undefined;
    try {
      await session.settings.put(change);
      // An earlier change that ends later does not hide why a newer one was refused.
      if (this.#isRefused) return true;
      clearTimeout(this.#timer);
      this.#latest = { name };
      this.#timer = setTimeout(() => (this.#latest = undefined), SAID_MS);
      return true;
    } catch (error) {
      clearTimeout(this.#timer);
      this.#latest = { name, refusal: reasonOf(error) };
      return false;
    }
  };

  get #isRefused(): boolean {
    return this.#latest?.refusal !== undefined;
  }

  refusal(name: SettingName): string | undefined {
    return this.#latest?.name === name ? this.#latest.refusal : undefined;
  }

  /** Whether one of these was saved a moment ago. */
  saved(names: readonly SettingName[]): boolean {
    return this.#latest !== undefined && this.#latest.refusal === undefined && names.includes(this.#latest.name);
  }
}
