import { setTimeout as delay } from 'node:timers/promises';

export interface Waiting {
  /** Default 30 s. */
  readonly timeoutMs?: number;
  readonly intervalMs?: number;
}

/**
 * How much longer than usual a deadline is. A deadline only tells a test that will never pass from
 * one that has not passed yet, and on a machine that others use too that takes more time.
 */
const PATIENCE = Number(process.env.SLUICE_TEST_PATIENCE ?? 1);

/** A deadline that a test sets by itself: of a test, a process, a command. */
export function patient(ms: number): number {
  return ms * PATIENCE;
}

/**
 * Asks `fn` until it answers with something truthy, and returns that. An error that `fn` throws
 * counts as "not yet". After its deadline it fails with the reason, which may say what was seen
 * last, and with the last error.
 */
export async function waitFor<T>(
  reason: string | (() => string),
  fn: () => T | Promise<T>,
  { timeoutMs = 30_000, intervalMs = 50 }: Waiting = {},
): Promise<NonNullable<T>> {
  const limitMs = patient(timeoutMs);
  const { answer, lastError } = await askUntil(fn, limitMs, intervalMs);
  if (answer) return answer;
  const what = typeof reason === 'string' ? reason : reason();
  throw new Error(`Waited ${String(limitMs)} ms in vain until ${what}.`, { cause: lastError });
}

/** Asks `fn` for that long, and fails as soon as it answers with something truthy. */
export async function expectNot(
  what: string,
  fn: () => unknown,
  { forMs, intervalMs = 50 }: { readonly forMs: number; readonly intervalMs?: number },
): Promise<void> {
  const { answer } = await askUntil(fn, forMs, intervalMs);
  if (answer) throw new Error(`This was not to be: ${what}.`);
}

async function askUntil<T>(
  fn: () => T | Promise<T>,
  limitMs: number,
  intervalMs: number,
): Promise<{ answer: T | undefined; lastError: unknown }> {
  const deadline = Date.now() + limitMs;
  let lastError: unknown;
  for (;;) {
    try {
      const answer = await fn();
      if (answer) return { answer, lastError: undefined };
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (Date.now() >= deadline) return { answer: undefined, lastError };
    await delay(intervalMs);
  }
}
