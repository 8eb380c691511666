/** The present second, for countdowns and ages. Stands still while the page is hidden. */
export class Clock {
  /** Milliseconds since 1970, moved on once a second. */
  now = $state(Date.now());

  /** Starts ticking; the answer ends it. */
  start(): () => void {
    const timer = setInterval(() => {
      if (!document.hidden) this.now = Date.now();
    }, 1_000);
    return () => clearInterval(timer);
  }
}
