import { expect, it } from "vitest";

import { reachOf } from "./reach";

const lo = { name: "lo", address: "127.0.0.1", loopback: true, urls: ["coap://127.0.0.1:5683", "coaps://127.0.0.1:5684"] };
const eth = { name: "eth0", address: "192.168.1.20", loopback: false, urls: ["coaps://192.168.1.20:5684"] };

it("a server is reached from the network where it can be, else from this machine, else not at all", () => {
  expect(reachOf("coaps", [lo, eth])).toEqual({ urls: [{ name: "eth0", url: "coaps://192.168.1.20:5684" }], beyond: true });
  expect(reachOf("coap", [lo, eth])).toEqual({ urls: [{ name: "lo", url: "coap://127.0.0.1:5683" }], beyond: false });
  expect(reachOf("coap", [{ ...lo, urls: [] }])).toEqual({ urls: [], beyond: false });
});
