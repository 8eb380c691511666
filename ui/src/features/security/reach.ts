/** Under which addresses devices reach this server. */
import type { Interface } from "../../host";

export interface Reach {
  /** Of the network interfaces; of this machine alone where there are no others. */
  urls: { name: string; url: string }[];
  /** Others than this machine reach it. */
  beyond: boolean;
}

export function reachOf(scheme: string, interfaces: readonly Interface[]): Reach {
  const all = interfaces.flatMap(({ name, loopback, urls }) => urls.filter((url) => url.startsWith(`${scheme}://`)).map((url) => ({ name, loopback, url })));
  const elsewhere = all.filter(({ loopback }) => !loopback);
  const urls = (elsewhere.length > 0 ? elsewhere : all).map(({ name, url }) => ({ name, url }));
  return { urls, beyond: elsewhere.length > 0 };
}
