/** What is set, and the colours that follow from it. */
import { reasonOf, type Host, type Settings, type SettingsPutRequest, type Theme } from "../host";
import type { LoadState } from "./load";

/** Where the page's first paint finds the theme before it can ask the program. */
const KEPT = "theme";

export class SettingsState {
  readonly #host: Host;
  readonly #dark = matchMedia("(prefers-color-scheme: dark)");
  #systemDark = $state(this.#dark.matches);

  current = $state.raw<Settings | undefined>(undefined);
  load = $state<LoadState>({ is: "loading" });
  /** The colours in force. */
  readonly colours = $derived<"light" | "dark">(coloursOf(this.current?.theme ?? kept(), this.#systemDark));

  constructor(host: Host) {
    this.#host = host;
    this.#dark.addEventListener("change", (event) => (this.#systemDark = event.matches));
  }

  async reload(): Promise<void> {
    try {
      this.#take(await this.#host.call("settings_get", {}));
      this.load = { is: "ready" };
    } catch (error) {
      this.load = { is: "failed", reason: reasonOf(error) };
    }
  }

  /** Throws `HostError`. */
  async put(change: SettingsPutRequest): Promise<void> {
    this.#take(await this.#host.call("settings_put", change));
  }

  #take(settings: Settings): void {
    this.current = settings;
    localStorage.setItem(KEPT, settings.theme);
  }
}

function kept(): Theme {
  const theme = localStorage.getItem(KEPT);
  return theme === "light" || theme === "dark" ? theme : "system";
}

function coloursOf(theme: Theme, systemDark: boolean): "light" | "dark" {
  if (theme !== "system") return theme;
  return systemDark ? "dark" : "light";
}
