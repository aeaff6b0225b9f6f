import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import type { Tuning } from '../core/protocol.js';
import type { Activities } from './activity-proxies.js';

/** An activity that comes back sooner had nothing to verify, or could not. */
const A_ROUND_MS = 60_000;
/** Back-offs until it is asked again; half an hour with the default of 5 s. */
const BACK_OFFS = 360;

/** Verification by interval: one long activity per target, started again when it returns. */
export class ContinuousVerification {
  readonly #running = new Map<string, { scope: CancellationScope; ended: Promise<void> }>();

  #leaving: Promise<unknown> = Promise.resolve();

  constructor(private readonly pipeline: string) {}

  /**
   * Verify these targets and no others; a new revision of the configuration begins afresh, once the
   * former has ended. That may take a while, and nobody waits for it.
   */
  keep(
    targets: readonly string[],
    revision: string,
    work: { readonly verify: Activities['verify']; readonly tuning: Tuning },
  ): void {
    const wanted = new Map(targets.map((target) => [`${target}@${revision}`, target]));
    const stale = [...this.#running.keys()].filter((key) => !wanted.has(key));
    this.#leaving = Promise.all([this.#leaving, this.#end(stale)]);
    const left = this.#leaving;
    for (const [key, target] of wanted) {
      if (this.#running.has(key)) continue;
      const scope = new CancellationScope();
      const ended = scope
        .run(async () => {
          await left;
          await this.#verify(target, work);
        })
        .catch(() => undefined);
      this.#running.set(key, { scope, ended });
    }
  }

  /** Returns when the activities have ended. */
  async end(): Promise<void> {
    await this.#end([...this.#running.keys()]);
    await this.#leaving;
  }

  async #end(keys: readonly string[]): Promise<void> {
    const ending = keys.flatMap((key) => this.#running.get(key) ?? []);
    for (const { scope } of ending) scope.cancel();
    for (const key of keys) this.#running.delete(key);
    await Promise.all(ending.map(({ ended }) => ended));
  }

  async #verify(
    target: string,
    work: { readonly verify: Activities['verify']; readonly tuning: Tuning },
  ): Promise<void> {
    for (;;) {
      const began = Date.now();
      try {
        await work.verify.verifyContinuously({ pipeline: this.pipeline, target });
      } catch (error) {
        if (isCancellation(error)) throw error;
      }
      if (Date.now() - began > A_ROUND_MS) continue;
      await condition(() => false, work.tuning.backOffMs * BACK_OFFS);
    }
  }
}
