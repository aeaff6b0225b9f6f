import { isCancellation, sleep } from '@temporalio/workflow';
import { afterFailure, backOffMs, NO_FAILURES } from '../core/failure-budget.js';
import type { FollowSubject, Tuning } from '../core/protocol.js';
import type { Activities } from './activity-proxies.js';
import { Beside } from './beside.js';

const SUBJECTS: readonly FollowSubject[] = ['catalogue', 'schema'];
/** An activity that comes back sooner has not looked twice. */
const A_ROUND_MS = 5_000;
const LONGEST_BACK_OFF_MS = 60_000;

interface Work {
  readonly watch: Activities['watch'];
  readonly tuning: Tuning;
}

/**
 * What each target takes over from the source's catalogue: long activities that no command, no
 * failure and no news of another target cuts off. They begin anew with another configuration and
 * when the pipeline rolls over, as no activity outlives a run.
 */
export class Following {
  readonly #beside = new Beside();
  readonly #trouble = new Map<string, readonly string[]>();

  constructor(private readonly pipeline: string) {}

  /** Follow for these targets and no others. Idempotent. */
  keep(targets: readonly string[], revision: string, work: Work): void {
    for (const what of this.#trouble.keys()) {
      if (!targets.includes(what.slice(what.indexOf(' ') + 1))) this.#trouble.delete(what);
    }
    const keys = targets.flatMap((target) => SUBJECTS.map((what) => `${what} ${target}`));
    this.#beside.keep(keys, revision, (key) => this.#follow(key, work));
  }

  /** What they cannot look after, in words. */
  get trouble(): readonly string[] {
    return [...new Set([...this.#trouble.values()].flat())].sort();
  }

  /** Returns when the activities have ended. */
  end(): Promise<void> {
    return this.#beside.end();
  }

  async #follow(key: string, { watch, tuning }: Work): Promise<void> {
    const [subject, target] = [key.slice(0, key.indexOf(' ')), key.slice(key.indexOf(' ') + 1)];
    const what = SUBJECTS.find((one) => one === subject) ?? 'schema';
    for (let budget = NO_FAILURES; ;) {
      const began = Date.now();
      const trouble = this.#trouble.get(key) ?? [];
      try {
        const known = trouble.length === 0 ? {} : { trouble };
        const result = await watch.followTarget({
          pipeline: this.pipeline,
          target,
          what,
          ...known,
        });
        this.#trouble.set(key, result.trouble);
        budget = NO_FAILURES;
      } catch (error) {
        if (isCancellation(error)) throw error;
      }
      if (Date.now() - began > A_ROUND_MS) continue;
      budget = afterFailure(budget, false);
      await sleep(backOffMs(budget, tuning.backOffMs, LONGEST_BACK_OFF_MS));
    }
  }
}
