/** Values and boundaries of a partition column as texts, and the days that they name. */
import type { MsType } from '../catalog/model.js';

const MOMENTS: ReadonlySet<string> = new Set([
  ...['date', 'datetime', 'smalldatetime', 'datetime2'],
]);
const INTEGERS: ReadonlySet<string> = new Set(['tinyint', 'smallint', 'int', 'bigint']);
const STRINGS: ReadonlySet<string> = new Set(['char', 'varchar', 'nchar', 'nvarchar']);
const COMPACT = /^(\d{4})(\d\d)(\d\d)$/;
const ISO = /^(\d{4})-(\d\d)-(\d\d)/;
const MIDNIGHT = /[T ]00:00:00(\.0*)?$/;
const DATE_ALONE = /^\d{4}-\d\d-\d\d$/;
/** Boundaries of this year, or up to the other one, only close the list. */
const LAST_YEAR = 9999;
const FIRST_YEAR = 1900;

export function closesTheList(day: Date): boolean {
  const year = day.getUTCFullYear();
  return year <= FIRST_YEAR || year >= LAST_YEAR;
}

export function isMoment(type: MsType): boolean {
  return MOMENTS.has(type.name);
}

export function isInteger(type: MsType): boolean {
  return INTEGERS.has(type.name);
}

/**
 * The day of a date, or of an integer or a text in the form YYYYMMDD; null: it names none, as a
 * moment in the middle of a day does not.
 */
export function dayOf(type: MsType, text: string): Date | null {
  const holdsDays = isMoment(type) || STRINGS.has(type.name) || isInteger(type);
  const match = holdsDays ? (isMoment(type) ? ISO : COMPACT).exec(text.trim()) : null;
  if (match === null) return null;
  const [year, month, date] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const day = new Date(Date.UTC(year, month - 1, date));
  const isDay = day.getUTCMonth() === month - 1 && day.getUTCDate() === date;
  return isDay && (isWholeDay(type, text) || closesTheList(day)) ? day : null;
}

function isWholeDay(type: MsType, text: string): boolean {
  return !isMoment(type) || DATE_ALONE.test(text.trim()) || MIDNIGHT.test(text);
}

export function dayText(type: MsType, day: Date): string {
  const iso = day.toISOString().slice(0, 10);
  return isMoment(type) ? iso : iso.replaceAll('-', '');
}

/** 2026-07-01T00:00:00 and 2026-07-01 are one boundary. */
export function normalBoundary(type: MsType, boundary: string): string {
  return isMoment(type) ? boundary.replace(MIDNIGHT, '') : boundary.trim();
}

export function compareBoundaries(type: MsType, a: string, b: string): number {
  if (isInteger(type)) return BigInt(a) < BigInt(b) ? -1 : 1;
  return a < b ? -1 : 1;
}
