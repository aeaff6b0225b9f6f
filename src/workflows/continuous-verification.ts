import { condition, isCancellation } from '@temporalio/workflow';
import type { Tuning } from '../core/protocol.js';
import type { Activities } from './activity-proxies.js';
import { Beside } from './beside.js';

/** An activity that comes back sooner had nothing to verify, or could not. */
const A_ROUND_MS = 60_000;
/** Back-offs until it is asked again; half an hour with the default of 5 s. */
const BACK_OFFS = 360;

interface Work {
  readonly verify: Activities['verify'];
  readonly tuning: Tuning;
}

/** Verification by interval: one long activity per target, started again when it returns. */
export class ContinuousVerification {
  readonly #beside = new Beside();

  constructor(private readonly pipeline: string) {}

  /** Verify these targets and no others; a new revision of the configuration begins afresh. */
  keep(targets: readonly string[], revision: string, work: Work): void {
    this.#beside.keep(targets, revision, (target) => this.#verify(target, work));
  }

  /** Returns when the activities have ended. */
  end(): Promise<void> {
    return this.#beside.end();
  }

  async #verify(target: string, { verify, tuning }: Work): Promise<void> {
    for (;;) {
      const began = Date.now();
      try {
        await verify.verifyContinuously({ pipeline: this.pipeline, target });
      } catch (error) {
        if (isCancellation(error)) throw error;
      }
      if (Date.now() - began > A_ROUND_MS) continue;
      await condition(() => false, tuning.backOffMs * BACK_OFFS);
    }
  }
}
