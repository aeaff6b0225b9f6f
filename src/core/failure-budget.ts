/**
 * How long to wait after a failure and when to give up. Counted are consecutive failures without
 * progress; an hour of health or any progress forgets them (temporal.md section 5.3).
 */
export interface FailureBudget {
  readonly failures: number;
}

export const NO_FAILURES: FailureBudget = { failures: 0 };

/** Failures without progress after which a table is quarantined. */
export const MAX_FAILURES = 10;

const FIRST_DELAY_MS = 5_000;
const LONGEST_DELAY_MS = 600_000;

export function afterFailure(budget: FailureBudget): FailureBudget {
  return { failures: budget.failures + 1 };
}

export function isExhausted(budget: FailureBudget, max = MAX_FAILURES): boolean {
  return budget.failures >= max;
}

/** 5 s, doubled for each further failure, at most 10 min. `firstMs` is smaller in tests. */
export function backOffMs(budget: FailureBudget, firstMs = FIRST_DELAY_MS): number {
  const exponent = Math.max(0, Math.min(budget.failures - 1, 20));
  return Math.min(LONGEST_DELAY_MS, firstMs * 2 ** exponent);
}
