import { formatNeutral } from '../../../core/neutral-type.js';
import type { NeutralType } from '../../../core/neutral-type.js';
import type { MsType } from '../catalog/model.js';
import { typeText } from '../catalog/type-text.js';

const ROWVERSION_BYTES = 8;
/** A datetime counts in 1/300 s, which three digits tell apart. */
const DATETIME_DIGITS = 3;

/** What another engine can hold a column as; null: only SQL Server knows such values. */
export function neutralOf(type: MsType): NeutralType | null {
  const { name, maxLength, precision, scale } = type;
  switch (name) {
    case 'bit':
      return { kind: 'boolean' };
    case 'tinyint':
      return { kind: 'integer', bits: 8 };
    case 'smallint':
      return { kind: 'integer', bits: 16 };
    case 'int':
      return { kind: 'integer', bits: 32 };
    case 'bigint':
      return { kind: 'integer', bits: 64 };
    case 'decimal':
    case 'numeric':
      return { kind: 'decimal', precision, scale };
    case 'money':
      return { kind: 'decimal', precision: 19, scale: 4 };
    case 'smallmoney':
      return { kind: 'decimal', precision: 10, scale: 4 };
    case 'float':
      return { kind: 'float', bits: 64 };
    case 'real':
      return { kind: 'float', bits: 32 };
    case 'uniqueidentifier':
      return { kind: 'uuid' };
    case 'xml':
      return { kind: 'xml' };
    default:
      return momentOf(name, scale) ?? stringOf(name, maxLength);
  }
}

function momentOf(name: string, scale: number): NeutralType | null {
  switch (name) {
    case 'date':
      return { kind: 'date' };
    case 'time':
      return { kind: 'time', digits: scale };
    case 'datetime':
      return { kind: 'timestamp', digits: DATETIME_DIGITS, zone: 'none' };
    case 'smalldatetime':
      return { kind: 'timestamp', digits: 0, zone: 'none' };
    case 'datetime2':
      return { kind: 'timestamp', digits: scale, zone: 'none' };
    case 'datetimeoffset':
      return { kind: 'timestamp', digits: scale, zone: 'offset' };
    default:
      return null;
  }
}

function stringOf(name: string, maxLength: number): NeutralType | null {
  const bytes = maxLength < 0 ? null : maxLength;
  const characters = maxLength < 0 ? null : maxLength / 2;
  switch (name) {
    case 'char':
      return { kind: 'text', length: bytes, fixed: true };
    case 'varchar':
      return { kind: 'text', length: bytes, fixed: false };
    case 'nchar':
      return { kind: 'text', length: characters, fixed: true };
    case 'nvarchar':
    case 'sysname':
      return { kind: 'text', length: characters, fixed: false };
    case 'text':
    case 'ntext':
      return { kind: 'text', length: null, fixed: false };
    case 'binary':
      return { kind: 'binary', length: bytes, fixed: true };
    case 'varbinary':
      return { kind: 'binary', length: bytes, fixed: false };
    case 'image':
      return { kind: 'binary', length: null, fixed: false };
    case 'timestamp':
    case 'rowversion':
      return { kind: 'binary', length: ROWVERSION_BYTES, fixed: true };
    default:
      return null;
  }
}

/** Types whose values only SQL Server reads, and that travel to it as they are. */
const NATIVE: ReadonlySet<string> = new Set([
  'sql_variant',
  'hierarchyid',
  'geography',
  'geometry',
]);
const NATIVE_PREFIX = 'native:';

/** Whether a column of the type can be copied at all: to SQL Server, or anywhere. */
export function isCopyable(type: MsType, to: 'sqlserver' | 'neutral'): boolean {
  return neutralOf(type) !== null || (to === 'sqlserver' && NATIVE.has(type.name));
}

/** How the shape of a row names the type: `decimal(38,10)`, `native:sql_variant`. */
export function wireTypeText(type: MsType): string {
  const neutral = neutralOf(type);
  return neutral === null ? `${NATIVE_PREFIX}${typeText(type)}` : formatNeutral(neutral);
}

/** Cells of these are bytes as they are; all others are text. */
export function isRaw(type: MsType): boolean {
  const neutral = neutralOf(type);
  return neutral === null ? type.name !== 'sql_variant' : neutral.kind === 'binary';
}
