/** How far the boundaries of a partition function are apart, told from what is there. */
import type { MsType } from '../catalog/model.js';
import { closesTheList, dayOf, dayText, isInteger } from './partition-value.js';

/** The distance of a partition function's boundaries. */
export type Period =
  | { readonly kind: 'day' | 'month' | 'quarter' | 'year' }
  /** Weeks begin on the weekday of the origin. */
  | { readonly kind: 'week'; readonly origin: string }
  | { readonly kind: 'step'; readonly step: bigint; readonly origin: bigint };

const DAY_MS = 86_400_000;

/**
 * One day, week, month, quarter or year of a date, of an integer or of a text in the form YYYYMMDD;
 * else the step of integers. Boundaries may be skipped: the last two that follow each other count.
 * Null: nothing of these, or it could be more than one (a Friday and a Monday).
 */
export function inferPeriod(type: MsType, boundaries: readonly (string | null)[]): Period | null {
  const texts = boundaries.filter((one) => one !== null);
  const days = texts.map((one) => dayOf(type, one));
  if (texts.length > 0 && days.every((day) => day !== null)) return calendarPeriod(type, days);
  return isInteger(type) ? stepOf(texts.map(BigInt)) : null;
}

function calendarPeriod(type: MsType, all: readonly Date[]): Period | null {
  const days = all.filter((day) => !closesTheList(day));
  if (days.length === 1) return { kind: 'day' };
  const pairs = days.slice(1).map((day, n) => [days[n] ?? day, day] as const);
  for (const pair of pairs.toReversed()) {
    if (daysApart(pair) === 1) return { kind: 'day' };
    if (monthsApart(pair) === 1) return { kind: 'month' };
  }
  const months = pairs.map(monthsApart);
  const inRaster = (size: number) =>
    months.every((count) => count !== null && count % size === 0) && months.includes(size);
  if (inRaster(12) && days[0]?.getUTCMonth() === 0) return { kind: 'year' };
  if (inRaster(3) && (days[0]?.getUTCMonth() ?? 1) % 3 === 0) return { kind: 'quarter' };
  const weekly = pairs.map(daysApart);
  const isWeekly = weekly.every((count) => count % 7 === 0) && weekly.includes(7);
  const last = days.at(-1);
  // One gap of a week may as well be days that had no rows.
  if (!isWeekly || weekly.length < 2 || last === undefined) return null;
  return { kind: 'week', origin: dayText(type, last) };
}

type Pair = readonly [Date, Date];

function daysApart([before, last]: Pair): number {
  return Math.round((last.getTime() - before.getTime()) / DAY_MS);
}

/** Null unless both are the first of a month. */
function monthsApart([before, last]: Pair): number | null {
  if (before.getUTCDate() !== 1 || last.getUTCDate() !== 1) return null;
  const years = last.getUTCFullYear() - before.getUTCFullYear();
  return years * 12 + last.getUTCMonth() - before.getUTCMonth();
}

/** The distance that most have, where all others are a multiple of it. */
function stepOf(boundaries: readonly bigint[]): Period | null {
  const origin = boundaries.at(-1);
  const gaps = boundaries.slice(1).map((one, n) => one - (boundaries[n] ?? one));
  const counts = new Map<bigint, number>();
  for (const gap of gaps) counts.set(gap, (counts.get(gap) ?? 0) + 1);
  const [step] = [...counts].sort((a, b) => b[1] - a[1]).map(([gap]) => gap);
  if (origin === undefined || step === undefined) return null;
  return gaps.every((gap) => gap % step === 0n) ? { kind: 'step', step, origin } : null;
}
