/** One menu at a time: a context menu at a point, or one below a button. `MenuHost` shows it. */
import type { Component } from "svelte";

export interface MenuItem {
  label: string;
  run: () => void;
  icon?: Component<{ size?: number }>;
  keys?: string;
  danger?: boolean;
  /** For a choice that is on or off. */
  checked?: boolean;
  /** Why it cannot be chosen now. */
  disabled?: string | undefined;
}

/** Items in groups, a hairline between two groups. */
export type MenuGroups = MenuItem[][];

interface Open {
  groups: MenuGroups;
  /** Where the menu's corner goes, in the viewport. */
  x: number;
  y: number;
  /** For a menu below a button: its other edge, if there is no room. */
  flipX?: number;
  flipY?: number;
  label: string;
}

class Menus {
  open = $state.raw<Open | undefined>(undefined);
}

export const menus = new Menus();

/** Opens a menu below an element, or where a pointer is. */
export function openMenu(at: Element | { x: number; y: number }, groups: MenuGroups, label = "Menu"): void {
  const shown = groups.filter((group) => group.length > 0);
  if (at instanceof Element) {
    const box = at.getBoundingClientRect();
    menus.open = { groups: shown, label, x: box.left, y: box.bottom + 2, flipX: box.right, flipY: box.top - 2 };
  } else {
    menus.open = { groups: shown, label, x: at.x, y: at.y };
  }
}
