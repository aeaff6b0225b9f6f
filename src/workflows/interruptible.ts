import { CancellationScope, isCancellation } from '@temporalio/workflow';

type Settled<T> = { readonly value: T } | { readonly error: unknown };

/**
 * Run work until `interruption` returns: then cancel the work if it has not ended. Either way this
 * comes back only after the work has ended, also when the workflow itself is cancelled, so nothing
 * else can start while a writer lives. Undefined when the work was cut off; its failure is thrown.
 */
export async function interruptible<T>(
  work: () => Promise<T>,
  interruption: (ended: () => boolean) => Promise<void>,
): Promise<T | undefined> {
  const scope = new CancellationScope();
  let ended = false;
  const running = settled(scope.run(work)).finally(() => (ended = true));
  try {
    await interruption(() => ended);
  } finally {
    if (!ended) scope.cancel();
    await running;
  }
  const outcome = await running;
  if ('value' in outcome) return outcome.value;
  if (isCancellation(outcome.error)) return undefined;
  throw outcome.error;
}

/**
 * All results, or the first failure after the others were cancelled and have ended. Promise.all
 * would leave them running.
 */
export async function together<T>(works: readonly (() => Promise<T>)[]): Promise<T[]> {
  const scope = new CancellationScope();
  return scope.run(async () => {
    const failures: unknown[] = [];
    const values: T[] = [];
    const one = async (work: () => Promise<T>): Promise<void> => {
      const outcome = await settled(work());
      if ('value' in outcome) {
        values.push(outcome.value);
        return;
      }
      failures.push(outcome.error);
      scope.cancel();
    };
    await Promise.all(works.map(one));
    if (failures.length > 0) throw failures[0];
    return values;
  });
}

async function settled<T>(work: Promise<T>): Promise<Settled<T>> {
  try {
    return { value: await work };
  } catch (error) {
    return { error };
  }
}
