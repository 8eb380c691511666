import { describe, expect, it } from "vitest";

import { fakeHost } from "../../tests/fake-host";
import type { Device, Pending, SecurityEvent } from "../host";
import { Handshake, type Expected } from "./handshake.svelte";
import { Session } from "./session.svelte";

const HEX = "6d657465722d39";
const OTHER = "6c616d702d33";

function watch(expected: Partial<Expected> = {}) {
  const host = fakeHost();
  const session = new Session(host);
  session.start();
  const handshake = new Handshake(session, { endpoint: "meter-9", mode: "psk", identity_hex: HEX, ...expected });
  handshake.start();
  const take = (address: string, event: Partial<SecurityEvent>) =>
    host.emit({ event: "security", revision: 1, data: { kind: "step", time: new Date().toISOString(), address, ...event } });
  const register = (endpoint: string) =>
    host.emit({
      event: "device",
      revision: 1,
      data: { endpoint, device: { endpoint, online: true, registered_at: new Date(Date.now() + 1_000).toISOString() } as Device },
    });
  return { handshake, take, register, reached: () => Object.keys(handshake.attempt?.reached ?? {}) };
}

describe("an expected handshake", () => {
  it("is the newest that nobody owns until it names itself, and stays ours beside strangers", () => {
    const { handshake, take, reached } = watch();
    take("a:1", { step: "hello" });
    expect(handshake.attempt?.address).toBe("a:1");
    take("b:1", { step: "hello" });
    take("b:1", { step: "verified" });
    take("b:1", { step: "key_exchange", identity_hex: HEX });
    expect(reached()).toEqual(["hello", "verified", "key_exchange"]);
    take("c:1", { step: "hello" });
    expect(handshake.attempt?.address).toBe("b:1");
  });

  it("takes no step of somebody with another identity or another mode, named as text or not", () => {
    const { handshake, take } = watch();
    take("a:1", { step: "hello" });
    take("a:1", { step: "key_exchange", identity_hex: OTHER });
    expect(handshake.attempt).toBeUndefined();
    take("a:1", { step: "hello" });
    take("a:1", { kind: "established", mode: "x509" });
    expect(handshake.attempt).toBeUndefined();
    const certificate = watch({ mode: "x509", identity_hex: undefined });
    certificate.take("a:1", { step: "key_exchange", identity_hex: OTHER });
    expect(certificate.handshake.attempt).toBeUndefined();
    certificate.take("a:1", { kind: "established", mode: "x509" });
    expect(certificate.reached()).toHaveLength(4);
  });

  it("shows a failure that is about its endpoint, although the name was a slip, and not that of others", () => {
    const { handshake, take } = watch();
    take("a:1", { kind: "failed", step: "verified", identity_hex: OTHER, failure: { endpoint: "meter-9" } as Pending });
    expect(handshake.attempt?.failure).toBeDefined();
    handshake.forget(OTHER);
    expect(handshake.attempt).toBeUndefined();
    take("a:1", { step: "key_exchange", identity_hex: OTHER });
    expect(handshake.attempt?.ours).toBe(true);
    handshake.forget();
    take("a:1", { kind: "failed", step: "verified", failure: { endpoint: "lamp-3" } as Pending });
    take("b:1", { kind: "refused", failure: {} as Pending });
    expect(handshake.attempt).toBeUndefined();
  });

  it("keeps why it failed while the device tries again, until it gets on", () => {
    const { handshake, take } = watch();
    take("a:1", { kind: "failed", step: "key_exchange", identity_hex: HEX, failure: { id: "p-1" } as Pending });
    take("a:1", { step: "hello" });
    expect(handshake.attempt?.failure).toBeUndefined();
    expect(handshake.failure?.id).toBe("p-1");
    take("a:1", { kind: "established", identity_hex: HEX, mode: "psk" });
    expect(handshake.failure).toBeUndefined();
  });

  it("ends with the registration, of any endpoint that fits where it is a pattern", () => {
    const one = watch();
    one.register("meter-90");
    expect(one.handshake.registered).toBeUndefined();
    one.register("meter-9");
    expect(one.handshake.registered?.endpoint).toBe("meter-9");
    const many = watch({ endpoint: "me.er-*", pattern: true });
    many.register("meter-9");
    expect(many.handshake.registered).toBeUndefined();
    many.register("me.er-9");
    expect(many.handshake.registered?.endpoint).toBe("me.er-9");
  });
});
