/**
 * Conversions between SQL Server's types. CAST cuts strings in silence, an assignment to a column
 * refuses to (2628); both round decimals and refuse what does not fit
 * (test/conformance/sqlserver/convert: "CONVERT from a string", test/conformance/sqlserver/strings:
 * "11.2: refuses to cut it (2628)").
 */
import type { MsType } from '../../backend.js';
import { SqlError } from '../../backend.js';
import { family } from '../types/families.js';
import { pgBaseType } from '../values/storage.js';
import { toBinary } from './convert-binary.js';
import { toDecimal, toFloat, toInteger } from './convert-number.js';
import { toText } from './convert-string.js';
import { toTime } from './convert-time.js';
import { quote } from './literal.js';
import type { Printed } from './printed.js';

export interface How {
  readonly mode: 'cast' | 'assign';
  /** Null where none is given, which is not always style 0. */
  readonly style: number | null;
  /** For 2628: "table 'db.dbo.t', column 'c'". */
  readonly target: string;
}

export const CAST: How = { mode: 'cast', style: null, target: '' };

export function convert(from: Printed, to: MsType, how: How = CAST): Printed {
  const sql = from.isNull === true ? `NULL::${pgBaseType(to)}` : convertValue(from, to, how);
  return {
    sql,
    type: to,
    nullable: from.nullable,
    // Only what was a string already brings a collation with it.
    ...(from.collating === undefined || family(from.type) !== 'string'
      ? {}
      : { collating: from.collating }),
  };
}

function convertValue(from: Printed, to: MsType, how: How): string {
  switch (family(to)) {
    case 'integer':
      return toInteger(from, to);
    case 'decimal':
      return toDecimal(from, to);
    case 'float':
      return toFloat(from, to);
    case 'string':
      return toText(from, to, how);
    case 'binary':
      return toBinary(from, to, how);
    case 'datetime':
      return toTime(from, to, how);
    case 'uniqueidentifier':
      return toIdentifier(from, to);
    case 'xml':
      return toXml(from, to, how);
    case 'sql_variant':
      return toVariant(from);
  }
}

/** 529 where SQL Server has no such conversion. */
export function refuse(from: MsType, to: MsType): SqlError {
  return new SqlError(
    529,
    `Explicit conversion from data type ${from.name} to ${to.name} is not allowed.`,
    { state: 2 },
  );
}

function toIdentifier(from: Printed, to: MsType): string {
  switch (family(from.type)) {
    case 'uniqueidentifier':
      return from.sql;
    case 'string':
      return `ss.uid(${from.sql})`;
    case 'binary':
      return `ss.bytes_uid(${from.sql})`;
    case 'sql_variant':
      return `ss.uid(ss.variant_text(${from.sql}, 0))`;
    default:
      throw refuse(from.type, to);
  }
}

function toXml(from: Printed, to: MsType, how: How): string {
  if (family(from.type) === 'xml') return from.sql;
  if (family(from.type) !== 'string') throw refuse(from.type, to);
  return `ss.xml(${from.sql}, ${String(how.style ?? 0)})`;
}

function toVariant({ sql, type }: Printed): string {
  if (type.name === 'sql_variant') return sql;
  const text = family(type) === 'string' || type.name === 'xml' ? `ss.t(${sql})` : `(${sql})::text`;
  const collation = type.collation === null ? 'NULL' : quote(type.collation);
  const { name, length, precision, scale } = type;
  const sizes = [length, precision, scale].map(String).join(', ');
  return `ss.variant(${text}, ${quote(name)}, ${sizes}, ${collation})`;
}
