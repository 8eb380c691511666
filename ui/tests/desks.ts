/** The device workspace of the built page in a browser, with one fake device that lives while a test acts. */
import type { Locator } from "playwright-core";

import { builtPage, openPage, type Opened } from "./browser";
import { fakeDoor } from "./fake-door";
import { fakeWorkspace, type FakeWorkspace } from "./workspace-fake";

/** Milliseconds between two looks at what the fake device has to say. */
const PUMP_MS = 60;

export interface Desk extends Opened {
  door: FakeWorkspace;
  row(path: string): Locator;
  cell(path: string, column: string): Locator;
}

/** Opens the page at the device's tree and runs `act` while the device lives. */
export type AtTheDesk = (act: (desk: Desk) => Promise<void>, how?: { known?: boolean; dark?: boolean; width?: number }) => Promise<void>;

/** Builds the page once for all tests of a file. */
export function desks(): AtTheDesk {
  const built = builtPage();
  return (act, how = {}) => sit(built, act, how);
}

async function sit(
  built: ReturnType<typeof builtPage>,
  act: (desk: Desk) => Promise<void>,
  { known = true, dark = true, width = 1440 }: { known?: boolean; dark?: boolean; width?: number },
): Promise<void> {
  const door = fakeWorkspace(fakeDoor({ theme: dark ? "dark" : "light" }), { known });
  const opened = await openPage(built.browser, built.url, door, { width, height: 900, dark });
  let alive = true;
  const living = (async () => {
    while (alive) {
      // A reload takes the page away for a moment.
      await door.pump(opened.emit, PUMP_MS).catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, PUMP_MS));
    }
  })();
  const row = (path: string) => opened.page.locator(`[role=treegrid] [data-key="${path}"]`);
  const desk: Desk = {
    ...opened,
    door,
    row,
    cell: (path, column) => row(path).locator(`[data-column=${column}]`),
  };
  try {
    await opened.page.locator(`[data-key="${door.endpoint}"]`).first().dblclick();
    await row("/3303").waitFor();
    await act(desk);
  } finally {
    alive = false;
    await living;
    await opened.page.context().close();
  }
}
