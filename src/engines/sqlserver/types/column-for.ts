import type { NeutralType } from '../../../core/neutral-type.js';
import type { MsType } from '../catalog/model.js';

/** Compares by code unit: no text of another engine is equal to one that differs there. */
export const NEUTRAL_COLLATION = 'Latin1_General_100_BIN2';

const MAX = -1;
const MAX_NVARCHAR = 4000;
const MAX_VARBINARY = 8000;
/** A key of a clustered index has 900 bytes. */
const KEY_CHARACTERS = 450;
const KEY_BYTES = 900;
const MAX_PRECISION = 38;
const MAX_DIGITS = 7;

export interface ColumnFor {
  readonly type: MsType;
  /** Of text; null for all else. */
  readonly collation: string | null;
}

/**
 * The column that holds every value of a neutral type, or refuses the value; null: there is none.
 *
 * @param inKey the column is part of a key or an index, where (max) types may not be
 */
export function columnFor(neutral: NeutralType, inKey: boolean): ColumnFor | null {
  switch (neutral.kind) {
    case 'boolean':
      return plain('bit');
    case 'integer':
      return plain(
        ({ 8: 'tinyint', 16: 'smallint', 32: 'int', 64: 'bigint' } as const)[neutral.bits],
      );
    case 'float':
      return plain(neutral.bits === 32 ? 'real' : 'float');
    case 'decimal':
      return decimal(neutral.precision, neutral.scale, inKey);
    case 'date':
      return plain('date');
    case 'time':
      return neutral.digits > MAX_DIGITS ? null : plain('time', { scale: neutral.digits });
    case 'timestamp': {
      const name = neutral.zone === 'none' ? 'datetime2' : 'datetimeoffset';
      return neutral.digits > MAX_DIGITS ? null : plain(name, { scale: neutral.digits });
    }
    case 'uuid':
      return plain('uniqueidentifier');
    case 'binary':
      return binary(neutral.length, neutral.fixed, inKey);
    case 'text':
      return text(neutral.length, neutral.fixed, inKey);
    case 'json':
    case 'xml':
      // SQL Server's own xml would write the text anew.
      return text(null, false, inKey);
  }
}

function plain(name: string, digits: { precision?: number; scale?: number } = {}): ColumnFor {
  const { precision = 0, scale = 0 } = digits;
  return { type: { name, maxLength: 0, precision, scale }, collation: null };
}

/** Numbers without a limit go as text: each decimal type would round some of them. */
function decimal(precision: number | null, scale: number | null, inKey: boolean): ColumnFor {
  const fits =
    precision !== null &&
    precision <= MAX_PRECISION &&
    (scale ?? 0) >= 0 &&
    (scale ?? 0) <= precision;
  return fits ? plain('decimal', { precision, scale: scale ?? 0 }) : text(null, false, inKey);
}

function binary(length: number | null, fixed: boolean, inKey: boolean): ColumnFor {
  const bytes = length ?? (inKey ? KEY_BYTES : MAX);
  const maxLength = bytes > MAX_VARBINARY ? MAX : bytes;
  const name = fixed && maxLength > 0 ? 'binary' : 'varbinary';
  return { type: { name, maxLength, precision: 0, scale: 0 }, collation: null };
}

/** Other engines count characters, SQL Server halves of surrogate pairs. */
function text(length: number | null, fixed: boolean, inKey: boolean): ColumnFor {
  const wanted = length === null ? Infinity : length * 2;
  const units = inKey ? Math.min(wanted, KEY_CHARACTERS) : wanted;
  const maxLength = units > MAX_NVARCHAR ? MAX : units * 2;
  // Padding to twice the length would change the value, so a fixed length is kept as it is.
  const whole = fixed && length !== null && length <= MAX_NVARCHAR;
  const type = whole
    ? { name: 'nchar', maxLength: length * 2, precision: 0, scale: 0 }
    : { name: 'nvarchar', maxLength, precision: 0, scale: 0 };
  return { type, collation: NEUTRAL_COLLATION };
}
