/** Which boundaries a partition function lacks for the values that come. */
import type { PartitionPeriod } from '../../contract/full-sync.js';
import type { MsType } from '../catalog/model.js';
import { inferPeriod, type Period } from './infer-period.js';
import {
  compareBoundaries,
  dayOf,
  dayText,
  isInteger,
  isMoment,
  normalBoundary,
} from './partition-value.js';

export { inferPeriod } from './infer-period.js';

const WEEK_MS = 7 * 86_400_000;

export interface MissingBoundaries {
  /** Starts of periods that have no boundary yet, ascending. */
  readonly missing: readonly string[];
  /** Nobody knows how far the boundaries are apart. */
  readonly unknown: boolean;
  /** Values that lie in no period: an integer that is no day. */
  readonly strange: number;
}

const NONE: MissingBoundaries = { missing: [], unknown: false, strange: 0 };

/** @param configured null: told from the boundaries */
export function findMissing(
  type: MsType,
  boundaries: readonly (string | null)[],
  values: readonly string[],
  configured: PartitionPeriod | null = null,
): MissingBoundaries {
  if (configured === 'none' || values.length === 0) return NONE;
  const period =
    configured === null
      ? inferPeriod(type, boundaries)
      : configuredPeriod(type, boundaries, configured);
  if (period === null) return { ...NONE, unknown: true };
  const known = new Set(boundaries.map((one) => (one === null ? null : normalBoundary(type, one))));
  const starts = values.map((value) => periodStart(type, period, value));
  const found = starts.filter((start) => start !== null);
  return {
    missing: [...new Set(found)]
      .filter((start) => !known.has(normalBoundary(type, start)))
      .sort((a, b) => compareBoundaries(type, a, b)),
    unknown: false,
    strange: starts.length - found.length,
  };
}

/** Null where the key's type has no such period, or nothing to count it from. */
function configuredPeriod(
  type: MsType,
  boundaries: readonly (string | null)[],
  configured: Exclude<PartitionPeriod, 'none'>,
): Period | null {
  const last = boundaries.at(-1) ?? null;
  const isDays = (one: string | null) => one === null || dayOf(type, one) !== null;
  if (isMoment(type) && !boundaries.every(isDays)) return null;
  if (typeof configured !== 'number') {
    if (configured !== 'week') return { kind: configured };
    return last === null || dayOf(type, last) === null ? null : { kind: 'week', origin: last };
  }
  if (last === null || !isInteger(type)) return null;
  return { kind: 'step', step: BigInt(configured), origin: BigInt(last) };
}

/** The boundary at which the period of a value starts; null for a value that is of no period. */
export function periodStart(type: MsType, period: Period, value: string): string | null {
  if (period.kind === 'step') return stepStart(value, period.step, period.origin);
  const day = dayOf(type, value);
  if (day === null) return null;
  const [year, month] = [day.getUTCFullYear(), day.getUTCMonth()];
  switch (period.kind) {
    case 'day':
      return dayText(type, day);
    case 'week':
      return weekStart(type, day, period.origin);
    case 'month':
      return dayText(type, new Date(Date.UTC(year, month, 1)));
    case 'quarter':
      return dayText(type, new Date(Date.UTC(year, month - (month % 3), 1)));
    case 'year':
      return dayText(type, new Date(Date.UTC(year, 0, 1)));
  }
}

function weekStart(type: MsType, day: Date, origin: string): string | null {
  const from = dayOf(type, origin)?.getTime();
  if (from === undefined) return null;
  const weeks = Math.floor((day.getTime() - from) / WEEK_MS);
  return dayText(type, new Date(from + weeks * WEEK_MS));
}

function stepStart(value: string, step: bigint, origin: bigint): string {
  const offset = BigInt(value) - origin;
  const whole = offset / step - (offset < 0n && offset % step !== 0n ? 1n : 0n);
  return (origin + whole * step).toString();
}
