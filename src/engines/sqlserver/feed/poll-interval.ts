/** While changes come they are asked for at the shortest interval, and ever less often when idle. */
export interface PollLimits {
  readonly shortestMs: number;
  readonly longestMs: number;
}

const GROWTH = 1.5;

/** When to look for changes next; pure but for the clock it is given. */
export class PollInterval {
  #intervalMs: number;
  #dueAt = 0;

  constructor(private readonly limits: PollLimits) {
    this.#intervalMs = limits.shortestMs;
  }

  /** @param found whether the look that just ended had found a change */
  looked(now: number, found: boolean): void {
    const { shortestMs, longestMs } = this.limits;
    this.#intervalMs = found ? shortestMs : Math.min(longestMs, this.#intervalMs * GROWTH);
    this.#dueAt = found ? now : now + this.#intervalMs;
  }

  /** How long to wait; with `eager` no longer than the shortest interval after the last look. */
  waitMs(now: number, eager: boolean): number {
    const wait = Math.max(0, this.#dueAt - now);
    return eager ? Math.min(wait, this.limits.shortestMs) : wait;
  }
}
