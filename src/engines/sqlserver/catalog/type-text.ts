import type { MsColumn, MsType } from './model.js';
import { quoteQualified } from '../sql/quote.js';

const WITH_BYTES = new Set(['char', 'varchar', 'binary', 'varbinary']);
const WITH_CHARACTERS = new Set(['nchar', 'nvarchar']);
const WITH_PRECISION = new Set(['decimal', 'numeric']);
const WITH_SCALE = new Set(['time', 'datetime2', 'datetimeoffset']);
const BYTES_OF_A_CHARACTER = 2;

/**
 * A system type as it stands in DDL: `nvarchar(50)`, `varbinary(max)`, `decimal(38,10)`. Lengths
 * come in bytes (test/conformance/sqlserver/catalogue-meaning: "count max_length in bytes").
 */
export function typeText(type: MsType): string {
  const { name, maxLength, precision, scale } = type;
  if (WITH_BYTES.has(name)) return `${name}(${lengthText(maxLength, 1)})`;
  if (WITH_CHARACTERS.has(name)) return `${name}(${lengthText(maxLength, BYTES_OF_A_CHARACTER)})`;
  if (WITH_PRECISION.has(name)) return `${name}(${String(precision)},${String(scale)})`;
  if (WITH_SCALE.has(name)) return `${name}(${String(scale)})`;
  // The catalogue keeps the binary digits; below 25 it is a real, which has a name of its own.
  if (name === 'float') return 'float';
  if (name === 'timestamp') return 'rowversion';
  return name;
}

/** How the column was declared: the alias where there is one, else the system type. */
export function declaredText(column: MsColumn): string {
  const { declared } = column;
  return declared === null ? typeText(column.type) : quoteQualified(declared.schema, declared.name);
}

function lengthText(bytes: number, width: number): string {
  return bytes < 0 ? 'max' : String(bytes / width);
}
