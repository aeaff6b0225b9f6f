/** While changes come they are asked for at the shortest interval, and ever less often when idle. */
export interface PollLimits {
  readonly shortestMs: number;
  readonly longestMs: number;
}

/** The limits for a feed that has to be asked at least every `mostMs`; undefined: as they are. */
export function atLeastEvery(limits: PollLimits, mostMs: number | undefined): PollLimits {
  const longestMs = Math.min(limits.longestMs, mostMs ?? limits.longestMs);
  return { shortestMs: Math.min(limits.shortestMs, longestMs), longestMs };
}

const GROWTH = 1.5;

/** When to look for changes next; pure but for the clock it is given. */
export class PollInterval {
  #intervalMs: number;
  #lookedAt = -Infinity;
  #more = false;

  constructor(private readonly limits: PollLimits) {
    this.#intervalMs = limits.shortestMs;
  }

  /**
   * @param found whether the look that just ended had found a change
   * @param more whether more is known to be there already
   */
  looked(now: number, found: boolean, more = false): void {
    const { shortestMs, longestMs } = this.limits;
    this.#intervalMs = found ? shortestMs : Math.min(longestMs, this.#intervalMs * GROWTH);
    this.#lookedAt = now;
    this.#more = more;
  }

  /** How long to wait; with `eager` until the shortest interval after the last look. */
  waitMs(now: number, eager: boolean): number {
    if (this.#more) return 0;
    const interval = eager ? this.limits.shortestMs : this.#intervalMs;
    return Math.max(0, this.#lookedAt + interval - now);
  }
}
