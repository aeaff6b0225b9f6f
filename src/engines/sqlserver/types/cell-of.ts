import { SluiceError } from '../../../core/errors.js';
import type { MsType } from '../catalog/model.js';
import { encodeWide, hasLoneSurrogate } from './wide-text.js';

/** A value as the driver gives it for `readSql`, to the bytes of a cell. */
export type CellOf = (value: unknown) => Buffer | null;

/** The same, before a text is written as bytes. */
export type WireValueOf = (value: unknown) => string | Buffer | null;

type Wire = 'neutral' | 'sqlserver';

/**
 * @param column names the column in a refusal
 * @param wire `neutral` refuses text that is not Unicode; between SQL Servers it goes as it is
 */
export function cellOf(type: MsType, column: string, wire: Wire): CellOf {
  const valueOf = wireValueOf(type, column, wire);
  return (value) => {
    const written = valueOf(value);
    return typeof written === 'string' ? encodeWide(written) : written;
  };
}

/** A half of a surrogate pair comes as bytes, so that any text that comes is Unicode. */
export function wireValueOf(type: MsType, column: string, wire: Wire): WireValueOf {
  const text = textOf(type);
  const isFree = type.name.includes('char') || FREE_TEXT.has(type.name);
  return (value) => {
    if (value === null || value === undefined) return null;
    if (Buffer.isBuffer(value)) return value;
    const written = text(value);
    if (!isFree || !hasLoneSurrogate(written)) return written;
    if (wire === 'neutral') throw notUnicode(column);
    return encodeWide(written);
  };
}

/** Besides strings: what may hold any character. */
const FREE_TEXT: ReadonlySet<string> = new Set(['text', 'ntext', 'xml', 'sql_variant']);

function textOf(type: MsType): (value: unknown) => string {
  switch (type.name) {
    case 'bit':
      return (value) => (value === true ? '1' : '0');
    case 'float':
      return (value) => doubleText(numberOf(value));
    case 'real':
      return (value) => singleText(numberOf(value));
    case 'date':
      return (value) => iso(value).slice(0, 10);
    case 'time':
      return (value) => clockText(value, type.scale);
    case 'datetime':
      return (value) => momentText(value, 3);
    case 'smalldatetime':
      return (value) => momentText(value, 0);
    case 'datetime2':
      return (value) => momentText(value, type.scale);
    default:
      return plainText;
  }
}

function plainText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return value.toString();
  throw unreadable();
}

function numberOf(value: unknown): number {
  if (typeof value === 'number') return value;
  throw unreadable();
}

function iso(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  throw unreadable();
}

function momentText(value: unknown, digits: number): string {
  if (typeof value === 'string') return value;
  const text = iso(value);
  return `${text.slice(0, 10)} ${cut(text.slice(11, 23), digits)}`;
}

function clockText(value: unknown, digits: number): string {
  return typeof value === 'string' ? value : cut(iso(value).slice(11, 23), digits);
}

/** `HH:MM:SS.mmm` with so many digits of it. */
function cut(clock: string, digits: number): string {
  return digits === 0 ? clock.slice(0, 8) : clock.slice(0, 9 + digits);
}

export function doubleText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** The shortest decimal text that reads back as the same 32-bit number. */
export function singleText(value: number): string {
  if (Object.is(value, -0)) return '-0';
  for (let digits = 6; digits < 9; digits += 1) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(Number(value.toPrecision(9)));
}

function unreadable(): SluiceError {
  return new SluiceError('UNEXPECTED', 'The driver gave a value of a kind that its type has not.');
}

function notUnicode(column: string): SluiceError {
  return new SluiceError(
    'ROW_REJECTED',
    `A value of ${column} holds half of a surrogate pair, which is no Unicode text.`,
    { remedy: 'Correct the value on the source; no other engine can hold it.' },
  );
}
