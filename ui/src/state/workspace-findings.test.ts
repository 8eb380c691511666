import { describe, expect, it } from "vitest";

import { fakeHost } from "../../tests/fake-host";
import type { CompatibilityGetResponse, Finding } from "../host";
import { Session } from "./session.svelte";
import { Findings } from "./workspace-findings.svelte";

const found: Finding = { code: "lifetime_too_short", title: "Short", seen: "300 s", why: "It ends while it sleeps.", fix: "Write a longer one." };

describe("what may be amiss", () => {
  it("is what the newest look said, whichever answer comes last", async () => {
    const waiting: ((answer: CompatibilityGetResponse) => void)[] = [];
    const host = fakeHost({ compatibility_get: () => new Promise((done) => waiting.push(done)) });
    const findings = new Findings(new Session(host), "meter");
    const looks = [findings.refresh(), findings.refresh()];
    await expect.poll(() => waiting).toHaveLength(2);
    waiting[1]?.({ rows: [], findings: [] });
    waiting[0]?.({ rows: [], findings: [found] });
    await Promise.all(looks);
    expect(findings.list).toEqual([]);
  });

  it("remembers what was asked of the device until it is mended", async () => {
    let list = [found];
    const findings = new Findings(new Session(fakeHost({ compatibility_get: () => ({ rows: [], findings: list }) })), "meter");
    findings.noteAsked(found.code, "op-1");
    await findings.refresh();
    expect(findings.asked).toEqual({ lifetime_too_short: "op-1" });
    list = [];
    await findings.refresh();
    expect(findings.asked).toEqual({});
  });
});
