/** Ends what makes no progress: the driver's own timers do not look at long transfers. */
export class Watchdog {
  #timer: NodeJS.Timeout | undefined;
  #last = 0;

  /** @param idleMs 0: never barks */
  constructor(
    readonly idleMs: number,
    readonly bark: () => void,
  ) {}

  /** Something moved; begins to watch when it did not. Cheap: a timer is not made anew each time. */
  touch(): void {
    this.#last = Date.now();
    this.#arm(this.idleMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(ms: number): void {
    if (this.idleMs === 0 || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const left = this.#last + this.idleMs - Date.now();
      if (left <= 0) this.bark();
      else this.#arm(left);
    }, ms).unref();
  }
}
