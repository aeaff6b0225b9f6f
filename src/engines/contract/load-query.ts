import { SluiceError } from '../../core/errors.js';

/** Whether the source is idle enough has to be known soon, or it is not. */
const LONGEST_MS = 10_000;

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** @param statementTimeoutMs what the configuration allows a statement there; 0: no limit */
export function loadQueryLimitMs(statementTimeoutMs: number): number {
  return statementTimeoutMs === 0 ? LONGEST_MS : Math.min(LONGEST_MS, statementTimeoutMs);
}

/**
 * The load in the first column of the first row; null where there is no row, or it is NULL. Text
 * counts when it is a number: drivers hand large and exact ones over as text.
 *
 * @throws SluiceError CONFIG_INVALID for anything else
 */
export function loadOf(row: Readonly<Record<string, unknown>> | undefined): number | null {
  const value = row === undefined ? null : (Object.values(row)[0] ?? null);
  if (value === null) return null;
  const number = typeof value === 'string' && NUMBER.test(value.trim()) ? Number(value) : value;
  if (typeof number === 'number' && Number.isFinite(number)) return number;
  throw notANumber();
}

/** For an answer that the driver cannot read either. */
export function notANumber(cause?: unknown): SluiceError {
  return new SluiceError(
    'CONFIG_INVALID',
    'The first column that source.care.loadQuery returned is not a number, so copies cannot be held back by it.',
    {
      remedy:
        'Write a query that returns one number, as text where it is a decimal, in the first column of its first row; or remove loadQuery and loadLimit.',
      cause,
    },
  );
}
