import { describe, expect, it } from "vitest";

import { fakeHost, settled } from "../../tests/fake-host";
import { HostError, type Pending } from "../host";
import { Credentials, PendingPeers, type CredentialRow } from "./security.svelte";

const row = (credential: string, more: Partial<CredentialRow>): CredentialRow => ({
  credential,
  server: "management",
  mode: "psk",
  shared: false,
  created_at: "2026-01-01T00:00:00Z",
  ...more,
});

describe("credentials", () => {
  it("tell what a new one replaces: the same holder at the same server, and nothing that only looks like it", async () => {
    const credentials = [
      row("c-1", { endpoint: "meter-90" }),
      row("c-2", { endpoint_pattern: "meter-9" }),
      row("c-3", { endpoint: "meter-9", server: "bootstrap" }),
      row("c-4", { endpoint: "meter-9" }),
    ];
    const asked: unknown[] = [];
    const all = new Credentials(fakeHost({ credential_list: (request) => (asked.push(request), { credentials, total: 4 }) }));
    expect((await all.heldBy({ endpoint: "meter-9" }))?.credential).toBe("c-4");
    expect((await all.heldBy({ endpoint_pattern: "meter-9" }))?.credential).toBe("c-2");
    expect(await all.heldBy({ endpoint: "meter-1" })).toBeUndefined();
    expect(await all.heldBy({})).toBeUndefined();
    expect(asked).toEqual(["meter-9", "meter-9", "meter-1"].map((filter) => ({ filter, server: "management" })));
  });
});

describe("who knocked in vain", () => {
  it("has failures of its own, which the next action takes away", async () => {
    const host = fakeHost({
      pending_accept: () => Promise.reject(new HostError("conflict", "The identity is in use.")),
      pending_dismiss: () => ({}),
      pending_list: () => ({ pending: [] }),
      block_list: () => ({ blocks: [] }),
    });
    const pending = new PendingPeers(host);
    expect(await pending.accept("p-1")).toBeUndefined();
    expect(pending.failureOf("p-1")).toContain("in use");
    expect(pending.failureOf("p-2")).toBeUndefined();
    await pending.dismiss("p-2");
    expect(pending.failureOf("p-1")).toBeUndefined();
  });

  it("is listed by the newest answer, whichever comes last", async () => {
    const answers: ((of: { pending: Pending[] }) => void)[] = [];
    const host = fakeHost({
      pending_list: () => new Promise((resolve) => answers.push(resolve)),
      block_list: () => ({ blocks: [] }),
    });
    const pending = new PendingPeers(host);
    void pending.reload();
    void pending.reload();
    answers[1]?.({ pending: [] });
    await settled();
    answers[0]?.({ pending: [{ id: "p-1" } as Pending] });
    await settled();
    expect(pending.list).toEqual([]);
  });
});
