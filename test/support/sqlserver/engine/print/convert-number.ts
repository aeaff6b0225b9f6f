/**
 * Values as numbers: what is cut, what is rounded (test/conformance/sqlserver/convert:
 * "CAST(CAST(2.5 AS money) AS int)", test/conformance/sqlserver/convert: "CAST(CAST(2.9 AS float)
 * AS int)", test/conformance/sqlserver/convert: "CAST('12345' AS decimal(4, 1))").
 */
import type { MsType } from '../../backend.js';
import { family } from '../types/families.js';
import { pgBaseType } from '../values/storage.js';
import { refuse } from './convert.js';
import { quote } from './literal.js';
import type { Printed } from './printed.js';

export function toInteger(from: Printed, to: MsType): string {
  if (from.type.name === to.name) return from.sql;
  return narrow(wholeNumber(from, to), to);
}

/** Money is rounded, everything else cut. */
function wholeNumber({ sql, type }: Printed, to: MsType): string {
  switch (family(type)) {
    case 'integer':
      return `(${sql})`;
    case 'decimal':
      // As a bit, 0.5 is true.
      if (to.name === 'bit') return `(${sql})`;
      return type.name === 'decimal' ? `trunc(${sql})` : `round(${sql})`;
    case 'float':
      return to.name === 'bit' ? `(${sql})` : `trunc((${sql})::double precision)`;
    case 'string':
      return `ss.to_number(${sql}, ${quote(type.name)}, ${quote(to.name)})`;
    case 'binary':
      return `ss.bytes_int(${sql}, ${String(to.length)})`;
    case 'sql_variant':
      return `trunc(((${sql})->>'v')::numeric)`;
    default:
      throw refuse(type, to);
  }
}

function narrow(sql: string, to: MsType): string {
  if (to.name === 'bit') return `(${sql} <> 0)::integer::smallint`;
  if (to.name === 'tinyint') return `ss.tinyint((${sql})::numeric)`;
  return `${sql}::${pgBaseType(to)}`;
}

export function toDecimal({ sql, type }: Printed, to: MsType): string {
  const pg = pgBaseType(to);
  switch (family(type)) {
    case 'integer':
    case 'float':
      return `(${sql})::${pg}`;
    case 'decimal': {
      const same = type.precision === to.precision && type.scale === to.scale;
      return same ? sql : `(${sql})::${pg}`;
    }
    case 'string':
      return `ss.to_number(${sql}, ${quote(type.name)}, ${quote(to.name)})::${pg}`;
    case 'binary':
      return `ss.bytes_int(${sql})::${pg}`;
    case 'sql_variant':
      return `((${sql})->>'v')::${pg}`;
    default:
      throw refuse(type, to);
  }
}

export function toFloat({ sql, type }: Printed, to: MsType): string {
  const pg = pgBaseType(to);
  switch (family(type)) {
    case 'integer':
    case 'decimal':
      return `(${sql})::${pg}`;
    case 'float':
      return type.name === to.name ? sql : `(${sql})::${pg}`;
    case 'string':
      return `ss.to_float(${sql}, ${quote(type.name)}, ${quote(to.name)})::${pg}`;
    case 'sql_variant':
      return `((${sql})->>'v')::${pg}`;
    default:
      throw refuse(type, to);
  }
}
