import type { MsType } from '../catalog/model.js';

/** The distance of a partition function's boundaries. */
export type Period =
  | { readonly kind: 'day' | 'month' | 'year' }
  | { readonly kind: 'step'; readonly step: bigint; readonly origin: bigint };

const MOMENTS: ReadonlySet<string> = new Set([
  ...['date', 'datetime', 'smalldatetime', 'datetime2'],
]);
const INTEGERS: ReadonlySet<string> = new Set(['tinyint', 'smallint', 'int', 'bigint']);
const STRINGS: ReadonlySet<string> = new Set(['char', 'varchar', 'nchar', 'nvarchar']);
const COMPACT = /^(\d{4})(\d\d)(\d\d)$/;
const ISO = /^(\d{4})-(\d\d)-(\d\d)/;
const DAY_MS = 86_400_000;

/**
 * How far the boundaries are apart, told from the last two: one day, month or year of a date, of an
 * integer or of a text in the form YYYYMMDD; else the step of integers. Null: nothing of these.
 */
export function inferPeriod(type: MsType, boundaries: readonly (string | null)[]): Period | null {
  const [last, before] = [boundaries.at(-1), boundaries.at(-2)];
  if (last === null || last === undefined) return null;
  const lastDay = dayOf(type, last);
  if (before === null || before === undefined) return lastDay === null ? null : { kind: 'day' };
  const beforeDay = dayOf(type, before);
  if (lastDay !== null && beforeDay !== null) return calendarPeriod(beforeDay, lastDay);
  if (!INTEGERS.has(type.name)) return null;
  const step = BigInt(last) - BigInt(before);
  return { kind: 'step', step, origin: BigInt(last) };
}

function calendarPeriod(before: Date, last: Date): Period | null {
  if (last.getTime() - before.getTime() === DAY_MS) return { kind: 'day' };
  const months =
    (last.getUTCFullYear() - before.getUTCFullYear()) * 12 +
    (last.getUTCMonth() - before.getUTCMonth());
  const firsts = last.getUTCDate() === 1 && before.getUTCDate() === 1;
  if (firsts && months === 1) return { kind: 'month' };
  return firsts && last.getUTCMonth() === 0 && months === 12 ? { kind: 'year' } : null;
}

/** The boundary at which the period of a value starts; null for a value that is of no period. */
export function periodStart(type: MsType, period: Period, value: string): string | null {
  if (period.kind === 'step') return stepStart(value, period.step, period.origin);
  const day = dayOf(type, value);
  if (day === null) return null;
  const year = day.getUTCFullYear();
  const month = period.kind === 'year' ? 0 : day.getUTCMonth();
  const date = period.kind === 'day' ? day.getUTCDate() : 1;
  return dayText(type, new Date(Date.UTC(year, month, date)));
}

function stepStart(value: string, step: bigint, origin: bigint): string {
  const offset = BigInt(value) - origin;
  const whole = offset / step - (offset < 0n && offset % step !== 0n ? 1n : 0n);
  return (origin + whole * step).toString();
}

/** Starts of periods that have no boundary yet, ascending. */
export function missingBoundaries(
  type: MsType,
  boundaries: readonly (string | null)[],
  values: readonly string[],
): string[] {
  const period = inferPeriod(type, boundaries);
  if (period === null) return [];
  const known = new Set(boundaries.map((one) => (one === null ? null : normal(type, one))));
  const starts = values.flatMap((value) => periodStart(type, period, value) ?? []);
  return [...new Set(starts)]
    .filter((start) => !known.has(normal(type, start)))
    .sort((a, b) => order(type, a, b));
}

function order(type: MsType, a: string, b: string): number {
  if (INTEGERS.has(type.name)) return BigInt(a) < BigInt(b) ? -1 : 1;
  return a < b ? -1 : 1;
}

/** 2026-07-01T00:00:00 and 2026-07-01 are one boundary. */
function normal(type: MsType, boundary: string): string {
  const midnight = /[T ]00:00:00(\.0*)?$/;
  return MOMENTS.has(type.name) ? boundary.replace(midnight, '') : boundary.trim();
}

function dayOf(type: MsType, text: string): Date | null {
  const form = MOMENTS.has(type.name) ? ISO : COMPACT;
  const holdsDays = MOMENTS.has(type.name) || STRINGS.has(type.name) || INTEGERS.has(type.name);
  const match = holdsDays ? form.exec(text.trim()) : null;
  if (match === null) return null;
  const [year, month, date] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const day = new Date(Date.UTC(year, month - 1, date));
  return day.getUTCMonth() === month - 1 && day.getUTCDate() === date ? day : null;
}

function dayText(type: MsType, day: Date): string {
  const iso = day.toISOString().slice(0, 10);
  return MOMENTS.has(type.name) ? iso : iso.replaceAll('-', '');
}
