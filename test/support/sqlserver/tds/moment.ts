/**
 * Dates and times as the wire counts them: days since 0001-01-01 and ticks of 100 ns since
 * midnight. Texts are the seam's: `YYYY-MM-DD`, `HH:MM:SS.fffffff`, both with one space between.
 */
export const TICKS_PER_SECOND = 10_000_000;
export const TICKS_PER_MINUTE = 60 * TICKS_PER_SECOND;
export const TICKS_PER_DAY = 86_400 * TICKS_PER_SECOND;
/** 1900-01-01, where datetime counts from. */
export const DAYS_TO_1900 = 693_595;

export interface Moment {
  readonly days: number;
  readonly ticks: number;
  readonly offsetMinutes: number;
}

const pattern =
  /^(?:(\d{4})-(\d\d)-(\d\d))?[ T]?(?:(\d\d):(\d\d):(\d\d)(?:\.(\d{1,7}))?)?(?: ?([+-])(\d\d):(\d\d))?$/;

function daysOf(year: number, month: number, day: number): number {
  const before = year - 1;
  const leaps = Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400);
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const starts = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
  return before * 365 + leaps + (starts[month - 1] ?? 0) + (leap && month > 2 ? 1 : 0) + day - 1;
}

export function parseMoment(text: string): Moment {
  const match = pattern.exec(text);
  if (match === null) throw new Error('not a date or time');
  const [, year, month, day, hour, minute, second, fraction, sign, hours, minutes] = match;
  const seconds = (Number(hour ?? 0) * 60 + Number(minute ?? 0)) * 60 + Number(second ?? 0);
  const offset = sign === undefined ? 0 : Number(hours) * 60 + Number(minutes);
  return {
    days: year === undefined ? DAYS_TO_1900 : daysOf(Number(year), Number(month), Number(day)),
    ticks: seconds * TICKS_PER_SECOND + Number((fraction ?? '').padEnd(7, '0')),
    offsetMinutes: sign === '-' ? -offset : offset,
  };
}

const two = (value: number): string => (value < 10 ? `0${String(value)}` : String(value));

export function dateText(days: number): string {
  const date = new Date((days - 719_162) * 86_400_000);
  const year = String(date.getUTCFullYear()).padStart(4, '0');
  return `${year}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`;
}

export function timeText(ticks: number): string {
  const seconds = Math.floor(ticks / TICKS_PER_SECOND);
  const fraction = String(ticks % TICKS_PER_SECOND).padStart(7, '0');
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return `${clock.map(two).join(':')}.${fraction}`;
}

export function offsetText(minutes: number): string {
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** Days and ticks after `minutes` more, across midnight where need be. */
export function shifted(moment: Pick<Moment, 'days' | 'ticks'>, minutes: number): Moment {
  const ticks = moment.ticks + minutes * TICKS_PER_MINUTE;
  const days = Math.floor(ticks / TICKS_PER_DAY);
  return { days: moment.days + days, ticks: ticks - days * TICKS_PER_DAY, offsetMinutes: 0 };
}
