import { CancellationScope } from '@temporalio/workflow';

interface Course {
  readonly scope: CancellationScope;
  readonly ended: Promise<void>;
}

/** Work of a workflow that goes on for ever beside its own course: one for each key. */
export class Beside {
  readonly #running = new Map<string, Course>();
  #leaving: Promise<unknown> = Promise.resolve();

  /**
   * Run these and no others; a new revision of the configuration begins afresh, once the former has
   * ended. That may take a while, and nobody waits for it.
   */
  keep(keys: readonly string[], revision: string, work: (key: string) => Promise<void>): void {
    const wanted = new Map(keys.map((key) => [`${key}@${revision}`, key]));
    const stale = [...this.#running.keys()].filter((one) => !wanted.has(one));
    this.#leaving = Promise.all([this.#leaving, this.#end(stale)]);
    const left = this.#leaving;
    for (const [one, key] of wanted) {
      if (this.#running.has(one)) continue;
      const scope = new CancellationScope();
      const ended = scope
        .run(async () => {
          await left;
          await work(key);
        })
        .catch(() => undefined);
      this.#running.set(one, { scope, ended });
    }
  }

  /** Returns when all have ended. */
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
}
