/** Puts a Svelte component into a box of the dock and keeps its props up to date. */
import { mount, unmount, type Component } from "svelte";

import Panel from "./Panel.svelte";

export type Props = Record<string, unknown>;

interface Renderer {
  element: HTMLElement;
  init(parameters: object): void;
  update(event: { params: Props }): void;
  dispose(): void;
}

/** `propsFrom` turns a panel's kept parameters into the component's props. */
// The dock knows its panels by name only, so the props are checked where they are made.
export function renderer(component: Component<never>, propsFrom: (params: Props) => Props): Renderer {
  const element = document.createElement("div");
  element.className = "dock-box";
  const props = $state<Props>({});
  let mounted: Props | undefined;
  return {
    element,
    init(parameters: { params?: Props }) {
      Object.assign(props, propsFrom(parameters.params ?? {}));
      const inside = component as unknown as Component<Props>;
      mounted = mount(Panel, { target: element, props: { component: inside, props } });
    },
    update({ params }) {
      Object.assign(props, propsFrom(params));
    },
    dispose() {
      if (mounted) void unmount(mounted);
    },
  };
}
