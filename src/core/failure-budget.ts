/**
 * How long to wait after a failure and when to give up. Counted are consecutive failures without
 * progress; any progress forgets them (temporal.md section 5.3).
 */
export interface FailureBudget {
  /** Failures that may be the table's own fault; enough of them quarantine it. */
  readonly failures: number;
  /** All failures, whoever is to blame: they lengthen the back-off. */
  readonly waits: number;
}

export const NO_FAILURES: FailureBudget = { failures: 0, waits: 0 };

/** Failures without progress after which a table is quarantined. */
export const MAX_FAILURES = 10;

const FIRST_DELAY_MS = 5_000;
const LONGEST_DELAY_MS = 600_000;

/**
 * Faults of a whole server: every table would fail alike, and none needs a person once the server
 * is back. They are waited for, however long that takes, and spend no table's budget.
 */
const OUTAGES = new Set([
  'SERVER_UNREACHABLE',
  'SERVER_BUSY',
  'LOGIN_REFUSED',
  // Of a target: what knew its tables is gone with it, and a fault would meet those that come anew.
  'DATABASE_MISSING',
  'DISK_FULL',
  'TEMPORAL_UNREACHABLE',
  'WORKER_MISSING',
]);

export function isOutage(code: string): boolean {
  return OUTAGES.has(code);
}

export function afterFailure(budget: FailureBudget, spends = true): FailureBudget {
  return { failures: budget.failures + (spends ? 1 : 0), waits: budget.waits + 1 };
}

/**
 * What is left of it after a try that took so long: more than the longest back-off is progress,
 * whatever ended it, and the next failure is waited for as the first one is.
 */
export function afterLasting(budget: FailureBudget, lastedMs: number): FailureBudget {
  return lastedMs < LONGEST_DELAY_MS ? budget : { ...budget, waits: 0 };
}

export function isExhausted(budget: FailureBudget, max = MAX_FAILURES): boolean {
  return budget.failures >= max;
}

/** 5 s, doubled for each further failure, at most 10 min. `firstMs` is smaller in tests. */
export function backOffMs(
  budget: FailureBudget,
  firstMs = FIRST_DELAY_MS,
  longestMs = LONGEST_DELAY_MS,
): number {
  const exponent = Math.max(0, Math.min(budget.waits - 1, 20));
  return Math.min(longestMs, firstMs * 2 ** exponent);
}
