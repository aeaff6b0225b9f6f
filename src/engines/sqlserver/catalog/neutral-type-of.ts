import type { NeutralType } from '../../../core/neutral-type.js';
import type { MsColumn, MsType } from './model.js';

const BYTES_OF_A_CHARACTER = 2;

/** The neutral type of a column; null: only SQL Server can hold its values. */
export function neutralTypeOf(column: MsColumn): NeutralType | null {
  if (column.isClr || column.encrypted) return null;
  return neutralSystemType(column.type);
}

export function neutralSystemType(type: MsType): NeutralType | null {
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
    case 'money':
    case 'smallmoney':
      return { kind: 'decimal', precision, scale };
    case 'real':
      return { kind: 'float', bits: 32 };
    case 'float':
      return { kind: 'float', bits: 64 };
    case 'char':
    case 'varchar':
      return text(maxLength, name === 'char');
    case 'nchar':
    case 'nvarchar':
      return text(maxLength < 0 ? -1 : maxLength / BYTES_OF_A_CHARACTER, name === 'nchar');
    case 'text':
    case 'ntext':
      return text(-1, false);
    case 'binary':
    case 'timestamp':
      return { kind: 'binary', length: maxLength, fixed: true };
    case 'varbinary':
      return { kind: 'binary', length: maxLength < 0 ? null : maxLength, fixed: false };
    case 'image':
      return { kind: 'binary', length: null, fixed: false };
    case 'uniqueidentifier':
      return { kind: 'uuid' };
    case 'xml':
    case 'json':
      return { kind: name };
    default:
      return neutralTime(name, scale);
  }
}

function text(length: number, fixed: boolean): NeutralType {
  return { kind: 'text', length: length < 0 ? null : length, fixed };
}

function neutralTime(name: string, scale: number): NeutralType | null {
  switch (name) {
    case 'date':
      return { kind: 'date' };
    case 'time':
      return { kind: 'time', digits: scale };
    case 'smalldatetime':
      return { kind: 'timestamp', digits: 0, zone: 'none' };
    case 'datetime':
      return { kind: 'timestamp', digits: 3, zone: 'none' };
    case 'datetime2':
      return { kind: 'timestamp', digits: scale, zone: 'none' };
    case 'datetimeoffset':
      return { kind: 'timestamp', digits: scale, zone: 'offset' };
    default:
      return null;
  }
}
