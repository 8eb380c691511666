/** What a person changed about the columns of a table, kept under a name. To be made while a component is. */
import { onMount } from "svelte";

import type { JsonValue } from "../../host";
import { noChanges, viewFrom } from "../../parts";
import { session } from "../../state";

export class KeptColumns {
  view = $state.raw(noChanges);

  constructor(table: string) {
    const key = `${table}.columns`;
    let restored = false;
    onMount(async () => {
      this.view = viewFrom(await session.views.load(key));
      restored = true;
    });
    $effect(() => {
      const kept = this.view as unknown as JsonValue;
      if (restored) session.views.save(key, kept);
    });
  }
}
