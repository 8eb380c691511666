/**
 * What a person can ask of a device: each function is one call, waits for the end of
 * the operation and leaves a failure at its row. Values come checked by `value_parse`;
 * nothing here judges or converts them.
 */
import {
  HostError,
  reasonOf,
  type CancelWay,
  type Format,
  type JsonValue,
  type Kind,
  type Operation,
  type TreeRow,
  type ValueAt,
} from "../host";
import type { Draft, Staged } from "./workspace-drafts.svelte";
import type { Workspace } from "./workspace.svelte";

/** Turns typed text into a draft: with its value, or with the sentence that refuses it. */
export async function check(workspace: Workspace, path: string, text: string, kind?: Kind): Promise<Draft> {
  try {
    const parsed = await workspace.session.host.call("value_parse", {
      endpoint: workspace.endpoint,
      path,
      text,
      ...(kind === undefined ? {} : { kind }),
    });
    return { path, text, parsed };
  } catch (error) {
    return { path, text, problem: reasonOf(error) };
  }
}

/** Sends one value now; it stays staged when that fails. */
export async function send(workspace: Workspace, draft: Staged, format?: Format): Promise<boolean> {
  const { path, parsed } = draft;
  const { kind, value } = parsed;
  workspace.drafts.put(draft);
  const done = await ask(workspace, path, "resource_write", () =>
    workspace.session.host.call("resource_write", {
      endpoint: workspace.endpoint,
      path,
      values: [{ path, kind, value }],
      ...(format === undefined ? {} : { format }),
    }),
  );
  if (done === undefined) return false;
  workspace.drafts.drop(path, draft);
  workspace.noteWritten(path, kind, value);
  // What the device took is known only when it says so.
  if (workspace.tree.get(path)?.readable) void workspace.read(path);
  return true;
}

/** Sends everything that is staged, in the order of staging. */
export async function sendStaged(workspace: Workspace): Promise<void> {
  await Promise.all(workspace.drafts.staged.map((draft) => send(workspace, draft)));
}

export async function execute(workspace: Workspace, path: string, args: string): Promise<boolean> {
  const done = await ask(workspace, path, "resource_execute", () =>
    workspace.session.host.call("resource_execute", {
      endpoint: workspace.endpoint,
      path,
      ...(args === "" ? {} : { arguments: args }),
    }),
  );
  return done !== undefined;
}

/** Reads everything the device has: one exchange where it can, else object by object. */
export async function readDevice(workspace: Workspace): Promise<boolean> {
  const { endpoint } = workspace;
  const done = await ask(workspace, "/", "device_read", () => workspace.session.host.call("device_read", { endpoint }));
  if (done !== undefined) for (const { path } of workspace.tree.objects) workspace.noteRead(path);
  return done !== undefined;
}

export async function discover(workspace: Workspace, path: string): Promise<boolean> {
  const { endpoint } = workspace;
  const call = () => workspace.session.host.call("resource_discover", { endpoint, path });
  return (await ask(workspace, path, "resource_discover", call)) !== undefined;
}

export async function observe(workspace: Workspace, path: string): Promise<boolean> {
  const { endpoint } = workspace;
  const call = () => workspace.session.host.call("observation_start", { endpoint, path });
  return (await ask(workspace, path, "observation_start", call)) !== undefined;
}

export async function unobserve(workspace: Workspace, path: string, way: CancelWay = "active"): Promise<boolean> {
  const { endpoint } = workspace;
  const call = () => workspace.session.host.call("observation_cancel", { endpoint, path, way });
  return (await ask(workspace, path, "observation_cancel", call)) !== undefined;
}

/** Ends a composite observation, which ends as a whole; `path` is the row that it was asked at. */
export async function unobserveTogether(workspace: Workspace, path: string, paths: string[]): Promise<boolean> {
  const { endpoint } = workspace;
  const call = () => workspace.session.host.call("composite_cancel", { endpoint, paths, way: "active" });
  return (await ask(workspace, path, "composite_cancel", call)) !== undefined;
}

/** One click: observes what is not observed by itself, else ends that. */
export function toggleObserve(workspace: Workspace, row: TreeRow): Promise<boolean> {
  return row.observed === row.path ? unobserve(workspace, row.path) : observe(workspace, row.path);
}

/** Creates an instance of the object at `path`; answers where it lies if the device says so. */
export async function create(
  workspace: Workspace,
  path: string,
  object: number,
  instance: number | undefined,
  values: ValueAt[],
): Promise<Operation | undefined> {
  const done = await ask(workspace, path, "instance_create", () =>
    workspace.session.host.call("instance_create", {
      endpoint: workspace.endpoint,
      object,
      values,
      ...(instance === undefined ? {} : { instance }),
    }),
  );
  if (done !== undefined) workspace.expanded.add(path);
  return done;
}

export async function remove(workspace: Workspace, path: string): Promise<boolean> {
  const { endpoint } = workspace;
  const call = () => workspace.session.host.call("instance_delete", { endpoint, path });
  return (await ask(workspace, path, "instance_delete", call)) !== undefined;
}

/** Saves a table as CSV; answers the sentence to show when that fails. */
export async function exportTable(
  workspace: Workspace,
  table: "tree" | "readings" | "operations",
  path?: string,
): Promise<string | undefined> {
  const { host } = workspace.session;
  try {
    const file = await host.call("table_export", {
      table,
      endpoint: workspace.endpoint,
      ...(path === undefined ? {} : { path }),
    });
    await host.saveFile(file);
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

/** Names and remarks; answers the sentence to show when that fails. */
export async function note(
  workspace: Workspace,
  change: { alias?: string; note?: string; tags?: string[] },
): Promise<string | undefined> {
  try {
    workspace.device = await workspace.session.host.call("device_note", { endpoint: workspace.endpoint, ...change });
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

/** Removes the device with its history and closes what shows it. */
export async function forget(workspace: Workspace): Promise<string | undefined> {
  const { endpoint, session } = workspace;
  try {
    await session.host.call("device_forget", { endpoint });
  } catch (error) {
    // Someone else was faster; that is what was wanted.
    if (!(error instanceof HostError) || error.code !== "unknown_device") return reasonOf(error);
  }
  session.desk.closeDevice(endpoint);
  return undefined;
}

/** A row and what lies below it as JSON, for the clipboard. */
export function branchJson(workspace: Workspace, path: string): string {
  const values = workspace.tree.branch(path).flatMap((row) => {
    const shown = workspace.values.get(row.path);
    if (shown === undefined) return [];
    const { value, kind, at } = shown;
    const time = new Date(at).toISOString();
    return [{ path: row.path, name: row.name, kind, value: value as JsonValue, unit: row.unit, time }];
  });
  return JSON.stringify(values.length === 1 ? values[0] : values, null, 2);
}

function ask(
  workspace: Workspace,
  path: string,
  name: string,
  call: Parameters<Workspace["asked"]["run"]>[2],
): Promise<Operation | undefined> {
  return workspace.asked.run(path, name, call);
}
