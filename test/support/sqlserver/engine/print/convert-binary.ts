/**
 * Values as bytes, as they stand in SQL Server's memory (test/conformance/sqlserver/convert:
 * "CONVERT between numbers and bytes", test/conformance/sqlserver/convert: "CONVERT(varbinary(10),
 * '0x0g', 1)").
 */
import type { MsType } from '../../backend.js';
import { family, isFixed, isNational, units } from '../types/families.js';
import type { How } from './convert.js';
import { refuse } from './convert.js';
import { codePage } from './convert-string.js';
import { quote } from './literal.js';
import type { Printed } from './printed.js';

export function toBinary(from: Printed, to: MsType, how: How): string {
  const size = units(to);
  if (family(from.type) === 'integer') return integerBytes(from, to);
  const bytes = asBytes(from, to, how);
  if (size < 0 || to.name === 'hierarchyid') return bytes;
  const fitted = fit(bytes, from.type, to, how);
  return isFixed(to) && !(isFixed(from.type) && units(from.type) === size)
    ? `ss.pad(${fitted}, ${String(size)})`
    : fitted;
}

function fit(bytes: string, from: MsType, to: MsType, how: How): string {
  const own = family(from) === 'binary' ? units(from) : -1;
  if (own >= 0 && own <= units(to)) return bytes;
  const size = String(units(to));
  return how.mode === 'cast'
    ? `ss.cut(${bytes}, ${size})`
    : `ss.fit(${bytes}, ${size}, ${quote(how.target)})`;
}

function asBytes({ sql, type }: Printed, to: MsType, how: How): string {
  const style = how.style ?? 0;
  switch (family(type)) {
    case 'binary':
      return sql;
    case 'string':
      if (style !== 0) return `ss.from_hex(${sql}, ${String(style)}, ${quote(type.name)})`;
      return stringBytes({ sql, type });
    case 'xml':
      return `ss.utf16(${sql})`;
    case 'uniqueidentifier':
      return `ss.uid_bytes(${sql})`;
    case 'sql_variant':
      return `((${sql})->>'v')::bytea`;
    case 'float':
      return type.name === 'float' ? `float8send(${sql})` : `float4send(${sql})`;
    default:
      throw refuse(type, to);
  }
}

/** As they stand in SQL Server's memory: UTF-16, or the code page of the collation. */
export function stringBytes({ sql, type }: { sql: string; type: MsType }): string {
  if (isNational(type)) return `ss.utf16(${sql})`;
  return `ss.page_bytes(${sql}, ${quote(codePage(type).encoding)})`;
}

/** Filled on the left in binary(n), of its own size in varbinary(n). */
function integerBytes({ sql, type }: Printed, to: MsType): string {
  const own = type.length;
  const size = units(to);
  const wanted =
    size < 0 ? own : isFixed(to) || to.name === 'timestamp' ? size : Math.min(size, own);
  return `ss.int_bytes(${sql}, ${String(wanted)})`;
}
