import { describe, expect, it } from "vitest";

import { fakeDoor } from "../../tests/fake-door";
import { fakeHost, settled, type Answers } from "../../tests/fake-host";
import { HostError, type Device, type Reading, type TreeRow } from "../host";
import type { SavedFile } from "../host/host";
import { Session } from "./session.svelte";
import { Workspace } from "./workspace.svelte";

const [device] = fakeDoor({ devices: 1 }).devices as [Device];
const { endpoint } = device;
const AT = Date.parse("2026-11-20T09:42:11.350Z");
const path = "/5/0/0";
/** What a row shows of the four bytes that the device gave. */
const row: TreeRow = {
  path,
  level: "resource",
  name: "Package",
  kind: "opaque",
  readable: true,
  writable: true,
  executable: false,
  multiple: false,
  mandatory: false,
  numeric: false,
  attributes: [],
  value: btoa("ab"),
  size: 4,
  at: AT,
};
const stored: Reading = { time: new Date(AT).toISOString(), path, kind: "opaque", value: btoa("abcd"), source: "read" };

describe("a large value", () => {
  it("is its beginning until all of it is asked for, once", async () => {
    const { workspace, host } = await begin({ value_get: () => stored });
    expect(workspace.values.get(path)).toMatchObject({ value: btoa("ab"), size: 4 });
    expect((await workspace.large.whole(path))?.value).toBe(btoa("abcd"));
    expect(workspace.values.get(path)?.size).toBeUndefined();
    await workspace.large.whole(path);
    expect(host.asked.filter(({ name }) => name === "value_get").map(({ request }) => request)).toEqual([{ endpoint, path }]);
  });

  it("is saved whole under the name of its place, bytes as bytes", async () => {
    const { workspace, saved } = await begin({ value_get: () => stored });
    await workspace.large.save(path);
    expect(saved).toMatchObject([{ content: btoa("abcd"), base64: true }]);
    expect(saved[0]?.name).toMatch(/-5-0-0\.bin$/);
  });

  it("does not take the place of a newer one that came meanwhile", async () => {
    const { workspace, session } = await begin({
      value_get: () => {
        session.readings.push({ endpoint, path, kind: "opaque", t: [AT + 1], v: [btoa("xy")], sizes: [9], source: "notify", revision: 2 });
        return stored;
      },
    });
    expect((await workspace.large.whole(path))?.value).toBe(btoa("abcd"));
    await expect.poll(() => workspace.values.get(path)).toMatchObject({ value: btoa("xy"), size: 9 });
  });

  it("that cannot be had says so at its row, with the way to try again", async () => {
    let there = false;
    const { workspace } = await begin({
      value_get: () => {
        if (!there) throw new HostError("not_found", "No value is stored for /5/0/0.");
        return stored;
      },
    });
    expect(await workspace.large.whole(path)).toBeUndefined();
    const failure = workspace.asked.failures.get(path);
    expect(failure?.sentence).toContain("No value is stored");
    there = true;
    failure?.retry();
    await expect.poll(() => workspace.values.get(path)?.value).toBe(btoa("abcd"));
    expect(workspace.asked.failures.size).toBe(0);
  });
});

async function begin(answers: Answers) {
  const saved: SavedFile[] = [];
  const host = fakeHost({
    device_get: () => device,
    view_get: () => ({ value: null }),
    tree_get: () => ({ rows: [row], revision: 1, actions: [] }),
    ...answers,
  });
  host.saveFile = async (file) => (saved.push(file), true);
  const session = new Session(host);
  const workspace = new Workspace(session, endpoint);
  workspace.start();
  await settled();
  return { host, session, workspace, saved };
}
