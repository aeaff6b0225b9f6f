/**
 * Values as times, rounded to the type's own steps (test/conformance/sqlserver/convert: "rounding
 * of time", test/conformance/sqlserver/convert: "CAST('2026-02-30' AS datetime2)").
 */
import type { MsType } from '../../backend.js';
import { SqlError } from '../../backend.js';
import { family } from '../types/families.js';
import type { How } from './convert.js';
import { refuse } from './convert.js';
import type { Printed } from './printed.js';

export function toTime(from: Printed, to: MsType, how: How): string {
  const { type } = from;
  if (type.name === to.name && type.scale <= to.scale) return from.sql;
  const style = String(how.style ?? 0);
  switch (family(type)) {
    case 'string':
      return fromParsed(`ss.parse_time(${from.sql}, ${style})`, to);
    case 'sql_variant':
      return fromParsed(`ss.parse_time(ss.variant_text(${from.sql}, 121), 121)`, to);
    case 'datetime':
      return fromTime(from, to);
    default:
      throw implicit(type, to);
  }
}

function implicit(from: MsType, to: MsType): SqlError {
  return family(from) === 'integer' || family(from) === 'decimal'
    ? refuse(from, to)
    : clash(from, to);
}

function clash(from: MsType, to: MsType): SqlError {
  return new SqlError(206, `Operand type clash: ${from.name} is incompatible with ${to.name}`, {
    state: 2,
  });
}

/** Local date and time, 27 characters, of any of the types. */
export function localTime({ sql, type }: Printed): string {
  switch (type.name) {
    case 'date':
      return `(${sql} || ' 00:00:00.0000000')`;
    case 'time':
      return `('1900-01-01 ' || ${sql})`;
    case 'datetimeoffset':
      return `ss.local(${sql})`;
    default:
      return sql;
  }
}

function fromParsed(parsed: string, to: MsType): string {
  if (to.name === 'datetimeoffset')
    return `ss.rounded(ss.to_instant(${parsed}), ${String(to.scale)})`;
  return part(`left(${parsed}, 27)`, to);
}

function fromTime(from: Printed, to: MsType): string {
  if (to.name === 'datetimeoffset') {
    const scale = String(to.scale);
    if (from.type.name === to.name) return `ss.rounded(${from.sql}, ${scale})`;
    return `ss.rounded(ss.instant(${localTime(from)}, '+00:00'), ${scale})`;
  }
  if (
    (from.type.name === 'date' && to.name === 'time') ||
    (from.type.name === 'time' && to.name === 'date')
  ) {
    throw refuse(from.type, to);
  }
  return part(localTime(from), to);
}

/** Of a local date and time. */
function part(sql: string, to: MsType): string {
  const scale = String(to.scale);
  switch (to.name) {
    case 'date':
      return `left(${sql}, 10)`;
    case 'time':
      return `ss.rounded_time(substr(${sql}, 12), ${scale})`;
    case 'datetime':
      return `ss.as_datetime(${sql})`;
    case 'smalldatetime':
      return `ss.as_smalldatetime(${sql})`;
    default:
      return `ss.rounded(${sql}, ${scale})`;
  }
}
