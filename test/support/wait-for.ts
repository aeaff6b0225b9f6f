import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks `fn` until it answers with something truthy, and returns that. An error that `fn` throws
 * counts as "not yet". After `timeoutMs` (default 30 s) it fails with the reason and the last error.
 */
export async function waitFor<T>(
  reason: string,
  fn: () => T | Promise<T>,
  options: { readonly timeoutMs?: number; readonly intervalMs?: number } = {},
): Promise<NonNullable<T>> {
  const { timeoutMs = 30_000, intervalMs = 50 } = options;
  const deadline = Date.now() + timeoutMs;
  let lastError: unknown;
  for (;;) {
    try {
      const answer = await fn();
      if (answer) return answer;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (Date.now() >= deadline) {
      throw new Error(`Waited ${String(timeoutMs)} ms in vain until ${reason}.`, {
        cause: lastError,
      });
    }
    await delay(intervalMs);
  }
}
