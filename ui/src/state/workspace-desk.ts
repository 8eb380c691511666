/**
 * Hands out workspaces: the tree, the inspector and a chart that look at the same
 * device share one. A workspace ends when nobody looks at it any more.
 */
import type { Session } from "./session.svelte";
import { Workspace } from "./workspace.svelte";

/** Milliseconds that a workspace outlives its last user: moving a panel is no end. */
const LINGER_MS = 2_000;

interface Entry {
  workspace: Workspace;
  users: number;
  end: () => void;
  timer?: ReturnType<typeof setTimeout> | undefined;
}

const open = new WeakMap<Session, Map<string, Entry>>();

/** Takes the workspace of a device; `release` gives it back, once. */
export function takeWorkspace(session: Session, endpoint: string): { workspace: Workspace; release: () => void } {
  const entries = open.get(session) ?? new Map<string, Entry>();
  open.set(session, entries);
  const entry = entries.get(endpoint) ?? begin(session, endpoint);
  entries.set(endpoint, entry);
  clearTimeout(entry.timer);
  entry.users += 1;
  let released = false;
  const release = () => {
    if (released) return;
    released = true;
    entry.users -= 1;
    if (entry.users > 0) return;
    entry.timer = setTimeout(() => {
      entries.delete(endpoint);
      entry.end();
    }, LINGER_MS);
  };
  return { workspace: entry.workspace, release };
}

function begin(session: Session, endpoint: string): Entry {
  const workspace = new Workspace(session, endpoint);
  return { workspace, users: 0, end: workspace.start() };
}
