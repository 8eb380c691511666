/** Object definitions that are loaded, and what the latest import brought. */
import { reasonOf, type Host, type ModelProblem, type ModelSummary, type PickedFile } from "../host";
import type { LoadState } from "./load";

/** What came out of importing files. */
export interface ImportResult {
  /** Names of the files, in the order given. */
  files: string[];
  objects: ModelSummary[];
  problems: ModelProblem[];
}

export class Models {
  readonly #host: Host;

  /** By object id, then version. */
  list = $state.raw<ModelSummary[]>([]);
  load = $state<LoadState>({ is: "loading" });
  result = $state.raw<ImportResult | undefined>(undefined);
  /** Counts imports: what depends on definitions is looked at anew. */
  imports = $state(0);
  /** The file that is being read now. */
  importing = $state<string | undefined>(undefined);

  constructor(host: Host) {
    this.#host = host;
  }

  async reload(): Promise<void> {
    try {
      this.list = (await this.#host.call("model_list", {})).objects;
      this.load = { is: "ready" };
    } catch (error) {
      this.load = { is: "failed", reason: reasonOf(error) };
    }
  }

  /** Imports files one by one; a bad one never stops the others. */
  async import(files: PickedFile[]): Promise<void> {
    if (files.length === 0 || this.importing !== undefined) return;
    const result: ImportResult = { files: files.map(({ name }) => name), objects: [], problems: [] };
    for (const file of files) {
      this.importing = file.name;
      try {
        const { objects, problems } = await this.#host.call("model_import", file);
        result.objects.push(...objects);
        result.problems.push(...problems);
      } catch (error) {
        result.problems.push({ file: file.name, line: 1, message: reasonOf(error) });
      }
    }
    this.importing = undefined;
    this.result = result;
    this.imports += 1;
    await this.reload();
  }
}
