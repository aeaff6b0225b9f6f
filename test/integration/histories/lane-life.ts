/** A lane's workflow without Temporal: its activity is begun again for ever. */
import { setTimeout as delay } from 'node:timers/promises';
import { toSluiceError } from '../../../src/core/errors.js';
import type { ApplyResult, LaneRef, StreamActivities } from '../../../src/core/protocol.js';
import { Attempts } from './attempt.js';

const BACK_OFF_MS = 50;

export class LaneLife {
  readonly #attempts = new Attempts();
  #stopped = false;
  #done: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly ref: LaneRef,
    private readonly stream: StreamActivities,
    private readonly say: (line: string) => void,
  ) {}

  start(): void {
    this.#done = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#attempts.cancel();
    await this.#done;
    await this.#attempts.settled();
  }

  restart(): void {
    this.#attempts.cancel();
  }

  /** Another owner takes the lane over while the former one works still. */
  twin(): void {
    this.#attempts.abandon();
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      try {
        const result = await this.#attempts.run<ApplyResult>(() =>
          this.stream.applyChanges(this.ref),
        );
        if (result.reason !== 'gap') continue;
        const reason = result.detail ?? '';
        this.say(`gap: ${reason}`);
        await this.#attempts.run(() => this.stream.handleGap({ ...this.ref, reason }));
      } catch (error) {
        const { code, message, cause } = toSluiceError(error);
        const why = code === 'UNEXPECTED' && cause instanceof Error ? (cause.stack ?? '') : '';
        this.say(`lane: ${code}: ${message} ${why}`);
        await delay(BACK_OFF_MS);
      }
    }
  }
}
