import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { fakeDoor } from "../../tests/fake-door";
import { fakeHost, type Answers } from "../../tests/fake-host";
import { HostError, type Device } from "../host";
import { Session } from "./session.svelte";
import { Workspace } from "./workspace.svelte";

const [device] = fakeDoor({ devices: 1 }).devices as [Device];
const { endpoint } = device;
const unknown = new HostError("unknown_device", "No such device.");

describe("a workspace that is opened before its device has registered", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it("shows the objects once the device is there", async () => {
    let there = false;
    const { session, workspace, end } = begin({ tree_get: () => answer(there) });
    await vi.advanceTimersByTimeAsync(10);
    expect(workspace.load.is).toBe("failed");
    there = true;
    session.devices.apply({ endpoint, device });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(workspace.load.is).toBe("ready");
    end();
  });

  it("asks again if the device came while the refusal was under way", async () => {
    let refuse: (() => void) | undefined;
    const first = new Promise<never>((_, reject) => (refuse = () => reject(unknown)));
    let asked = 0;
    const { session, workspace, end } = begin({ tree_get: () => ((asked += 1) === 1 ? first : answer(true)) });
    session.devices.apply({ endpoint, device });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(workspace.load.is).toBe("loading");
    refuse?.();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(workspace.load.is).toBe("ready");
    end();
  });
});

function begin(answers: Answers) {
  const get = () => {
    throw unknown;
  };
  const session = new Session(fakeHost({ device_get: get, view_get: () => ({ value: null }), ...answers }));
  const workspace = new Workspace(session, endpoint);
  return { session, workspace, end: workspace.start() };
}

function answer(there: boolean) {
  if (!there) throw unknown;
  return { rows: [], revision: 1, actions: [] };
}
