import { setTimeout as delay } from 'node:timers/promises';

/** Ask for a fact until it is there. */
export async function until(
  what: string,
  withinMs: number,
  fact: () => Promise<boolean>,
): Promise<void> {
  const end = Date.now() + withinMs;
  while (!(await fact())) {
    if (Date.now() > end) throw new Error(`In vain: ${what}.`);
    await delay(20);
  }
}
