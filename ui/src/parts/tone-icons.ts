/** The icons that say what a tone says, for who does not see its colour. */
import CircleAlert from "@lucide/svelte/icons/circle-alert";
import CircleCheck from "@lucide/svelte/icons/circle-check";
import CircleDashed from "@lucide/svelte/icons/circle-dashed";
import CircleX from "@lucide/svelte/icons/circle-x";
import Info from "@lucide/svelte/icons/info";
import Moon from "@lucide/svelte/icons/moon";

export const toneIcons = {
  ok: CircleCheck,
  warn: CircleAlert,
  bad: CircleX,
  sleep: Moon,
  info: Info,
  idle: CircleDashed,
  accent: Info,
};
