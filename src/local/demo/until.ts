import { setTimeout as delay } from 'node:timers/promises';
import { DemoFailure } from './failure.js';

/**
 * Asks until the answer is something, and returns it. Throws a DemoFailure that says what did not
 * happen after `timeoutMs`.
 */
export async function until<T>(
  what: string,
  ask: () => Promise<T | null>,
  options: { readonly timeoutMs: number; readonly everyMs: number },
): Promise<T> {
  const deadline = Date.now() + options.timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (Date.now() >= deadline) {
      const seconds = String(Math.round(options.timeoutMs / 1_000));
      throw new DemoFailure(`${what} did not happen within ${seconds} seconds.`);
    }
    await delay(options.everyMs);
  }
}
