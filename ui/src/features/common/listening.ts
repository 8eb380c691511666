/** Opening the sockets that devices reach, with the one question that has to be asked before. */
import type { Interface } from "../../host";
import { confirm } from "../../parts";
import { session } from "../../state";
import { socketAddress } from "../../state/listeners.svelte";

/** Schemes that can be opened, with their registered ports (RFC 7252, sections 6.1 and 6.2). */
export const schemes = [
  { value: "coaps", label: "coaps: DTLS", port: 5684 },
  { value: "coap", label: "coap: no security", port: 5683 },
] as const;

export type Scheme = (typeof schemes)[number]["value"];

/** Opens a port; one that others reach without any security only if that is really meant. */
export async function openPort(scheme: Scheme, { name, address, loopback }: Interface, port: number): Promise<void> {
  const place = socketAddress(address, port);
  const sure =
    scheme === "coaps" ||
    loopback ||
    (await confirm({
      title: `Open ${place} without security?`,
      text: [
        `Everybody who reaches ${name} can then register under any name that has no credentials, and read what devices send.`,
        "Right for a bench network of your own. Devices with keys or certificates use coaps instead, and are refused here.",
      ],
      action: "Open without security",
      danger: true,
    }));
  if (sure) await session.listeners.open({ scheme, address: place });
}
