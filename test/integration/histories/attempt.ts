import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';

/** Attempts fail by design; who makes them keeps why. */
const SILENT = new DefaultLogger('ERROR', () => undefined);

export function quietEnvironment(): MockActivityEnvironment {
  return new MockActivityEnvironment({}, { logger: SILENT });
}

/** Thrown where somebody stopped waiting for an attempt, which goes on by itself. */
export class Abandoned extends Error {
  override readonly name = 'Abandoned';
}

/** Activities one after the other, as a worker runs them; what was abandoned is known still. */
export class Attempts {
  readonly #zombies: Promise<unknown>[] = [];
  #running: { cancel: () => void; abandon: () => void } | null = null;

  get isRunning(): boolean {
    return this.#running !== null;
  }

  async run<R>(activity: () => Promise<R>): Promise<R> {
    const environment = quietEnvironment();
    const work = environment.run<[], R, () => Promise<R>>(activity);
    const left = new Promise<never>((_, reject) => {
      const abandon = (): void => {
        this.#zombies.push(work.catch(() => undefined));
        reject(new Abandoned());
      };
      this.#running = { cancel: () => environment.cancel(), abandon };
    });
    try {
      return await Promise.race([work, left]);
    } finally {
      this.#running = null;
    }
  }

  /** As a command that interrupts; the attempt is waited for. */
  cancel(): void {
    this.#running?.cancel();
  }

  /** As when heartbeats were lost: the next attempt begins beside it. */
  abandon(): void {
    this.#running?.abandon();
  }

  async settled(): Promise<void> {
    await Promise.all(this.#zombies);
  }
}
