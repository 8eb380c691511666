/**
 * What the palette finds: the program knows devices, places, values and the words of the
 * console; the page adds its own actions, alone after a `>`. It reads no path itself.
 */
import { reasonOf, type CallName, type PaletteItem, type PaletteKind, type RequestOf } from "../../host";
import type { Session } from "../../state/session.svelte";
import { commands } from "./commands";

/** Items that the program is asked for; a longer query finds the others. */
const ITEMS = 24;

/** Milliseconds of quiet before a query travels. */
const TYPING_MS = 70;

/** Something that can be chosen. */
export interface Entry {
  id: string;
  group: string;
  title: string;
  /** A place, set apart from the rest of the detail. */
  path?: string | undefined;
  detail: string;
  keys?: string | undefined;
  item?: PaletteItem;
  run?: () => void;
}

const groups: Record<PaletteKind, string> = {
  path: "Places",
  device: "Devices",
  operation: "Operations",
  command: "Ask the device",
  model: "Definitions",
  help: "Help",
};

export class PaletteSearch {
  readonly #session: Session;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;

  query = $state("");
  at = $state(0);
  items = $state.raw<PaletteItem[]>([]);
  /** Why nothing fits though something was meant, or what went wrong. */
  refusal = $state<string | undefined>(undefined);
  busy = $state(false);

  readonly entries = $derived.by<Entry[]>(() => {
    const found = this.items.map((item, i) => ({
      id: `${item.kind}-${i}-${item.title}`,
      group: groups[item.kind],
      title: item.title,
      path: item.kind === "path" ? item.path : undefined,
      detail: item.kind === "path" && item.path !== undefined ? without(item.detail, item.path) : item.detail,
      item,
    }));
    const own = ownCommands(this.query);
    return this.query.trim() === "" ? [...own, ...inGroups(found)] : inGroups([...found, ...own]);
  });

  constructor(session: Session) {
    this.#session = session;
  }

  /** Searches for what stands there now. */
  search(wait = TYPING_MS): void {
    this.at = 0;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#search(), this.query.trim() === "" ? 0 : wait);
  }

  fill(text: string): void {
    this.query = text;
    this.search(0);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#asked += 1;
  }

  /** Does what an item stands for; answers whether the palette may close. */
  async choose(entry: Entry): Promise<boolean> {
    if (entry.run) {
      entry.run();
      return true;
    }
    const { item } = entry;
    if (item === undefined) return false;
    if (item.deed === "fill") {
      this.fill(item.title);
      return false;
    }
    return item.deed === "call" ? this.#call(item) : this.#open(item);
  }

  async #search(): Promise<void> {
    const mine = (this.#asked += 1);
    const query = this.query.trim();
    if (query.startsWith(">")) {
      this.items = [];
      this.refusal = undefined;
      return;
    }
    const { desk, host } = this.#session;
    const about = desk.active === undefined ? {} : { endpoint: desk.active };
    const selected = desk.selection?.endpoint === desk.active ? desk.selection?.path : undefined;
    try {
      const answer = await host.call("palette_search", {
        query,
        limit: ITEMS,
        ...about,
        ...(selected === undefined ? {} : { path: selected }),
      });
      if (mine !== this.#asked) return;
      this.items = answer.items;
      this.refusal = answer.refusal;
    } catch (error) {
      if (mine !== this.#asked) return;
      this.items = [];
      this.refusal = reasonOf(error);
    }
  }

  #open(item: PaletteItem): boolean {
    const { desk } = this.#session;
    if (item.kind === "model") {
      desk.area = "models";
    } else if (item.kind === "operation") {
      desk.showBottom("operations");
      if (item.endpoint !== undefined) desk.openDevice(item.endpoint);
    } else if (item.endpoint !== undefined) {
      desk.openDevice(item.endpoint, true);
      if (item.path !== undefined) desk.select({ endpoint: item.endpoint, path: item.path });
    }
    return true;
  }

  /** Makes the call of an item; what it started ends visibly among the operations. */
  async #call(item: PaletteItem): Promise<boolean> {
    if (item.call === undefined) return false;
    this.busy = true;
    try {
      // The program named its own call; it checks the shape.
      const { name, request } = item.call;
      await this.#session.host.call(name as CallName, request as RequestOf<CallName>);
      const { desk } = this.#session;
      if (item.endpoint !== undefined && item.endpoint !== desk.active) desk.openDevice(item.endpoint);
      if (item.endpoint !== undefined && item.path !== undefined) desk.select({ endpoint: item.endpoint, path: item.path });
      return true;
    } catch (error) {
      this.refusal = reasonOf(error);
      return false;
    } finally {
      this.busy = false;
    }
  }
}

/** Each group once, in the order in which their best entries were found. */
function inGroups(entries: Entry[]): Entry[] {
  const byGroup = new Map<string, Entry[]>();
  for (const entry of entries) byGroup.set(entry.group, [...(byGroup.get(entry.group) ?? []), entry]);
  return [...byGroup.values()].flat();
}

/** A detail that does not say again what stands before it. */
function without(detail: string, path: string): string {
  return detail.startsWith(`${path}, `) ? detail.slice(path.length + 2) : detail === path ? "" : detail;
}

/** The page's own actions that fit; a `>` before them leaves everything else out. */
function ownCommands(query: string): Entry[] {
  const words = query.trim().replace(/^>/, "").trim().toLowerCase().split(/\s+/);
  return commands
    .filter(({ id, title, group }) => id !== "palette" && words.every((word) => `${group} ${title}`.toLowerCase().includes(word)))
    .map(({ id, title, group, keys, run }) => ({ id, group, title, detail: "", keys, run }));
}
