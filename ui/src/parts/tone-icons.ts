/** The icons that say what a tone says, for who does not see its colour. */
import CircleAlert from "@lucide/svelte/icons/circle-alert";
import CircleCheck from "@lucide/svelte/icons/circle-check";
import CircleX from "@lucide/svelte/icons/circle-x";
import Info from "@lucide/svelte/icons/info";

export const toneIcons = { info: Info, ok: CircleCheck, warn: CircleAlert, bad: CircleX };
