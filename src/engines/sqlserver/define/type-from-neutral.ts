import type { NeutralType } from '../../../core/neutral-type.js';
import type { MsType } from '../catalog/model.js';

const MOST_DIGITS = 38;
const MOST_FRACTION = 7;
const MOST_BYTES = 8000;
const MOST_CHARACTERS = 4000;
const BYTES_OF_A_CHARACTER = 2;

/**
 * The type that holds every value of a neutral type that SQL Server can hold at all. Null: there is
 * none (a decimal of more than 38 digits, or of as many as a value has).
 *
 * @param longest bytes that a value of a key may have, where the column is in one
 */
export function typeFromNeutral(neutral: NeutralType, longest: number | null): MsType | null {
  switch (neutral.kind) {
    case 'boolean':
      return plain('bit');
    case 'integer':
      return plain(INTEGERS[neutral.bits]);
    case 'decimal':
      return decimal(neutral.precision, neutral.scale);
    case 'float':
      return plain(neutral.bits === 32 ? 'real' : 'float');
    case 'date':
      return plain('date');
    case 'time':
      return scaled('time', neutral.digits);
    case 'timestamp':
      return scaled(neutral.zone === 'none' ? 'datetime2' : 'datetimeoffset', neutral.digits);
    case 'uuid':
      return plain('uniqueidentifier');
    case 'binary':
      return bytes(neutral.length, neutral.fixed, longest);
    case 'text':
      return text(neutral.length, neutral.fixed, longest);
    // SQL Server's own xml and json do not keep the text as it was written.
    case 'json':
    case 'xml':
      return text(null, false, longest);
  }
}

const INTEGERS = { 8: 'tinyint', 16: 'smallint', 32: 'int', 64: 'bigint' } as const;

function plain(name: string): MsType {
  return { name, maxLength: 0, precision: 0, scale: 0 };
}

function scaled(name: string, digits: number): MsType {
  return { ...plain(name), scale: Math.min(digits, MOST_FRACTION) };
}

/** PostgreSQL allows a scale below 0 and one above the precision. */
function decimal(precision: number | null, scale: number | null): MsType | null {
  if (precision === null) return null;
  const fraction = Math.max(scale ?? 0, 0);
  const digits = Math.max(precision - Math.min(scale ?? 0, 0), fraction);
  if (digits > MOST_DIGITS) return null;
  return { ...plain('decimal'), precision: digits, scale: fraction };
}

function bytes(length: number | null, fixed: boolean, longest: number | null): MsType {
  const wanted = Math.min(length ?? Infinity, longest ?? Infinity);
  const isLong = wanted > MOST_BYTES;
  const name = fixed && !isLong ? 'binary' : 'varbinary';
  return { ...plain(name), maxLength: isLong ? -1 : wanted };
}

function text(length: number | null, fixed: boolean, longest: number | null): MsType {
  const room = longest === null ? Infinity : Math.floor(longest / BYTES_OF_A_CHARACTER);
  const wanted = Math.min(length ?? Infinity, room);
  const isLong = wanted > MOST_CHARACTERS;
  const name = fixed && !isLong ? 'nchar' : 'nvarchar';
  return { ...plain(name), maxLength: isLong ? -1 : wanted * BYTES_OF_A_CHARACTER };
}
