import type { Connection } from 'tedious';

/** Ends what makes no progress: the driver's own timers do not look at long transfers. */
export class Watchdog {
  #timer: NodeJS.Timeout | undefined;
  #last = 0;
  #bytes = 0;

  /**
   * @param idleMs 0: never barks
   * @param moved how much has gone over the line so far: one value alone may take longer than
   * idleMs. Looked at when the time is over, so that the bark comes after twice idleMs at the latest.
   */
  constructor(
    readonly idleMs: number,
    readonly bark: () => void,
    readonly moved: () => number = () => 0,
  ) {}

  /** Something moved; begins to watch when it did not. Cheap: a timer is not made anew each time. */
  touch(): void {
    this.#last = Date.now();
    if (this.#timer === undefined) this.#bytes = this.moved();
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
      const bytes = this.moved();
      if (bytes !== this.#bytes) this.#last = Date.now();
      this.#bytes = bytes;
      const left = this.#last + this.idleMs - Date.now();
      if (left <= 0) this.bark();
      else this.#arm(left);
    }, ms).unref();
  }
}

/**
 * Bytes that came over the connection, and that left for the server: what waits in this process to
 * be sent has not moved.
 */
export function bytesMoved({ socket }: Connection): number {
  if (socket === undefined) return 0;
  return socket.bytesRead + socket.bytesWritten - socket.writableLength;
}
