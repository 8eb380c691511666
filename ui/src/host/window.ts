/**
 * The window's door: one command, `rpc`, and one channel for events. Calls that
 * only a window can answer go through the same command and are no part of the
 * contract.
 */
import { Channel, invoke } from "@tauri-apps/api/core";

import { HostError } from "./error";
import type { Host, HostEvent, PickedFile, StreamNotice } from "./host";

export function windowHost(): Host {
  return {
    kind: "window",
    call: (name, request) => rpc(name, request),
    subscribe(listener, after) {
      const channel = new Channel<HostEvent | StreamNotice>();
      let ended = false;
      channel.onmessage = (message) => {
        if (!ended) listener(message);
      };
      invoke("subscribe", { channel, after: after ?? null }).then(
        () => listener({ event: "live" }),
        (error: unknown) => listener({ event: "lost", reason: HostError.from(error).message }),
      );
      return () => {
        ended = true;
      };
    },
    saveFile: async (file) => (await rpc<{ saved: boolean }>("window_save", file)).saved,
    pickFiles: async () => (await rpc<{ files: PickedFile[] }>("window_pick", { kind: "definitions" })).files,
    ready: () => rpc("window_ready", {}),
    close: (answer) => rpc("window_close", answer),
  };
}

/** Whether the page runs in the desktop window. */
export function inWindow(): boolean {
  return "__TAURI_INTERNALS__" in globalThis;
}

async function rpc<T>(name: string, body: unknown): Promise<T> {
  try {
    return await invoke<T>("rpc", { name, body });
  } catch (error) {
    throw HostError.from(error);
  }
}
