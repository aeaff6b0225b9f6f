/**
 * TRY_CAST and TRY_CONVERT: NULL where the conversion fails (test/conformance/sqlserver/convert:
 * "TRY_CAST('x' AS int)").
 */
import type { MsType } from '../../backend.js';
import { family } from '../types/families.js';
import { pgBaseType } from '../values/storage.js';
import type { How } from './convert.js';
import { convert } from './convert.js';
import { quote } from './literal.js';
import type { Printed } from './printed.js';

/**
 * TRY_CAST and TRY_CONVERT: the conversion as a text that PostgreSQL runs where an error can be
 * caught. It sees nothing but the value.
 */
export function attempt(from: Printed, to: MsType, how: How): Printed {
  const value = asText(from.sql, from.type);
  const inside = convert({ ...from, sql: fromText('$1', from.type) }, to, how).sql;
  const query = quote(`SELECT ${asText(inside, to)}`);
  const sql = fromText(`ss.attempt(${value}, ${query})`, to);
  return { sql, type: to, nullable: true };
}

function asText(sql: string, type: MsType): string {
  return isText(type) ? `ss.t(${sql})` : `(${sql})::text`;
}

function fromText(sql: string, type: MsType): string {
  return `(${sql})::${pgBaseType(type)}`;
}

function isText(type: MsType): boolean {
  return family(type) === 'string' || type.name === 'xml';
}
