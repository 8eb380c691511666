/**
 * Everything the page knows, put together: one stream of events feeds all
 * stores. After a gap (`resync`, or a new connection) every store fetches anew.
 */
import type { CallName, Host, HostEvent, PendingAction, RequestOf, SettingsPutRequest, ListenerOpenRequest, StreamNotice } from "../host";
import { Clock } from "./clock.svelte";
import { Desk } from "./desk.svelte";
import { Devices } from "./devices.svelte";
import { Issuing } from "./issuing.svelte";
import { Listeners } from "./listeners.svelte";
import { Models } from "./models.svelte";
import { Operations } from "./operations.svelte";
import { Problems } from "./problems.svelte";
import { Readings } from "./readings";
import { Credentials, PendingPeers } from "./security.svelte";
import { SettingsState } from "./settings.svelte";
import { StatusState } from "./status.svelte";
import { Views } from "./views";

type Message = HostEvent | StreamNotice;

export class Session {
  readonly host: Host;
  readonly clock = new Clock();
  readonly devices: Devices;
  readonly listeners: Listeners;
  readonly models: Models;
  readonly operations: Operations;
  readonly problems: Problems;
  readonly security: { credentials: Credentials; pending: PendingPeers };
  readonly status: StatusState;
  readonly settings: SettingsState;
  readonly issuing = new Issuing();
  readonly readings = new Readings();
  readonly views: Views;
  readonly desk: Desk;

  /** The window wants to close and waits for an answer. */
  closeRequested = $state(false);
  /** Counts fetches of everything; a panel with data of its own fetches again when it changes. */
  epoch = $state(0);
  readonly #listeners = new Set<(message: Message) => void>();

  constructor(host: Host) {
    this.host = host;
    this.devices = new Devices(host);
    // Which ones open at the start stands in the settings.
    this.listeners = new Listeners(host, async () => void (await Promise.all([this.status.reload(), this.settings.reload()])));
    this.models = new Models(host);
    this.operations = new Operations(host);
    this.problems = new Problems(host);
    this.security = { credentials: new Credentials(host), pending: new PendingPeers(host) };
    this.status = new StatusState(host);
    this.settings = new SettingsState(host);
    this.views = new Views(host);
    this.desk = new Desk(this.views);
  }

  /** Begins to listen; the answer ends it. */
  start(): () => void {
    const endClock = this.clock.start();
    const endStream = this.host.subscribe((message) => this.#take(message));
    void this.settings.reload();
    void this.desk.restore();
    const flush = () => this.views.flush();
    addEventListener("pagehide", flush);
    return () => {
      removeEventListener("pagehide", flush);
      flush();
      endStream();
      endClock();
    };
  }

  /** Hears every event after the stores took it in. */
  on(listener: (message: Message) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async reload(): Promise<void> {
    this.epoch += 1;
    await Promise.all([
      this.#reloadStatus(),
      this.devices.resync(),
      this.operations.reload(),
      this.problems.reload(),
      this.security.pending.reload(),
    ]);
  }

  async #reloadStatus(): Promise<void> {
    await this.status.reload();
    const { current } = this.status;
    if (current) this.devices.noteCount(current.devices, current.online);
  }

  /**
   * Makes the call that an explanation or a finding names, by the store that shows what it
   * changes. Throws `HostError`; the program checks the shape of the request.
   */
  perform({ call, request }: PendingAction): Promise<unknown> {
    if (call === "settings_put") return this.settings.put(request as SettingsPutRequest);
    if (call === "listener_open") return this.listeners.tryOpen(request as unknown as ListenerOpenRequest);
    return this.host.call(call as CallName, request as RequestOf<CallName>);
  }

  #refreshSecurity(): void {
    this.security.credentials.refreshSoon();
    this.security.pending.refreshSoon();
  }

  async #quit(): Promise<void> {
    this.views.flush();
    await this.host.close({ keep: false, remember: false }).catch(() => (this.closeRequested = true));
  }

  #take(message: Message): void {
    switch (message.event) {
      case "live":
        this.status.link = { is: "live" };
        void this.reload();
        break;
      case "lost":
        this.status.link = { is: "lost", reason: message.reason };
        break;
      case "close_requested":
        // While no device is registered nobody is left without an answer.
        if (this.status.current?.online === 0) void this.#quit();
        else this.closeRequested = true;
        break;
      case "resync":
        void this.reload();
        break;
      case "device":
        this.devices.apply(message.data);
        break;
      case "operation":
        this.operations.apply(message.data);
        break;
      case "problem":
        this.problems.apply(message.data);
        break;
      case "security":
        if (message.data.kind !== "step") this.#refreshSecurity();
        break;
      case "readings":
        this.readings.push(message.data);
        break;
      case "status":
        this.status.apply(message.data);
        this.devices.noteCount(message.data.devices, message.data.online);
        break;
      case "traffic":
        break;
    }
    for (const listener of this.#listeners) listener(message);
  }
}
