/** Milliseconds over which changes are gathered: at most 30 redraws a second, however many events come. */
const GATHER_MS = 33;

/** Runs a function once, soon, however often it is asked for meanwhile. */
export function gathered(run: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      run();
    }, GATHER_MS);
  };
}
