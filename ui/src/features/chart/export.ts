/** Saves the stored readings of a chart's curves as CSV, one file each. */
import { reasonOf } from "../../host";
import type { Series, Session } from "../../state";

/** Answers the sentence to show when it failed. */
export async function exportSeries(session: Session, series: readonly Series[]): Promise<string | undefined> {
  try {
    for (const { endpoint, path } of series) {
      const file = await session.host.call("table_export", { table: "readings", endpoint, path });
      if (!(await session.host.saveFile(file))) return undefined;
    }
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}
