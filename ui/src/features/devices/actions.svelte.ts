/** What can be done with devices from any list: the menu, and the questions it asks. */
import Copy from "@lucide/svelte/icons/copy";
import Lock from "@lucide/svelte/icons/lock";
import PanelTop from "@lucide/svelte/icons/panel-top";
import Square from "@lucide/svelte/icons/square";
import Tag from "@lucide/svelte/icons/tag";
import Trash from "@lucide/svelte/icons/trash-2";

import { reasonOf, type Device } from "../../host";
import { confirm, copyText, type MenuGroups } from "../../parts";
import { plural } from "../../parts/format";
import { session } from "../../state";
import { securityDialogs } from "../security/dialogs.svelte";

/** Dialogs about devices; `DeviceDialogs` shows the one that is open. */
class DeviceDialogState {
  noteFor = $state.raw<Device | undefined>(undefined);
  simulate = $state(false);
  connect = $state(false);
  /** What an action could not do, to be shown where devices are listed. */
  failure = $state<string | undefined>(undefined);
}

export const dialogs = new DeviceDialogState();

export function deviceMenu(device: Device): MenuGroups {
  const { endpoint } = device;
  return [
    [
      { label: "Open", icon: PanelTop, keys: "Enter", run: () => session.desk.openDevice(endpoint, true) },
      { label: "Session…", icon: Lock, run: () => (securityDialogs.session = endpoint) },
      { label: "Alias, note and tags…", icon: Tag, run: () => (dialogs.noteFor = device) },
    ],
    [
      { label: "Copy endpoint", icon: Copy, run: () => void copyText(endpoint) },
      { label: "Copy address", icon: Copy, run: () => void copyText(device.address) },
    ],
    device.simulated ? [{ label: "Stop simulating", icon: Square, run: () => void stopSimulating([endpoint]) }] : [],
    [{ label: "Forget…", icon: Trash, danger: true, run: () => void forget([endpoint]) }],
  ];
}

/** Asks, then removes devices with everything that was stored about them. */
export async function forget(endpoints: string[]): Promise<void> {
  const [first] = endpoints;
  if (first === undefined) return;
  const one = endpoints.length === 1;
  const yes = await confirm({
    title: one ? `Forget ${first}?` : `Forget ${plural(endpoints.length, "device")}?`,
    text: [
      `Its registration, alias, note, tags, observations, operations and all stored readings are removed. This cannot be undone.`,
      `The device itself is not told. If it is still running, it appears anew with its next registration.`,
    ].map((text) => (one ? text : text.replace("Its", "Their").replace("The device itself is", "The devices are"))),
    action: one ? "Forget device" : `Forget ${endpoints.length} devices`,
    danger: true,
  });
  if (!yes) return;
  for (const endpoint of endpoints) session.desk.closeDevice(endpoint);
  await each(endpoints, (endpoint) => session.host.call("device_forget", { endpoint }));
  void session.devices.reload();
}

export async function stopSimulating(endpoints: string[]): Promise<void> {
  await each(endpoints, (endpoint) => session.host.call("simulator_stop", { endpoint }));
}

async function each(endpoints: string[], act: (endpoint: string) => Promise<unknown>): Promise<void> {
  dialogs.failure = undefined;
  for (const endpoint of endpoints) {
    try {
      await act(endpoint);
    } catch (error) {
      dialogs.failure = `${endpoint}: ${reasonOf(error)}`;
      return;
    }
  }
}
