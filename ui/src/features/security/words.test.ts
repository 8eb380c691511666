import { expect, it } from "vitest";

import type { Pending } from "../../host";
import { whoOf } from "./words";

it("whoever knocked is called by what was said: in a handshake the identity, in a registration the endpoint", () => {
  const named = { address: "10.0.0.1:1", endpoint: "meter-9", identity: "METER-9", identity_hex: "4d" } as Pending;
  expect(whoOf({ ...named, kind: "handshake" })).toBe("METER-9");
  expect(whoOf({ ...named, kind: "registration" })).toBe("meter-9");
  expect(whoOf({ kind: "handshake", address: "10.0.0.1:1", identity: "", identity_hex: "" } as Pending)).toBe("10.0.0.1:1");
});
