/**
 * Values as strings: styles, lengths, code pages (test/conformance/sqlserver/convert: "CONVERT to a
 * string", test/conformance/sqlserver/convert: "cuts a string in silence, and shows a star",
 * test/conformance/sqlserver/strings: "loses in varchar what its code page has not").
 */
import type { MsType } from '../../backend.js';
import { collation } from '../types/collation.js';
import { family, isFixed, isNational, units } from '../types/families.js';
import { notModelled } from '../not-modelled.js';
import type { How } from './convert.js';
import { localTime } from './convert-time.js';
import { quote } from './literal.js';
import type { Printed } from './printed.js';

const TIME_STYLES = new Set([
  0, 8, 14, 20, 21, 23, 24, 25, 100, 101, 102, 103, 104, 108, 111, 112, 114, 120, 121, 126, 127,
]);

export function toText(from: Printed, to: MsType, how: How): string {
  const text = asText(from, to, how);
  const size = units(to);
  if (size < 0) return text;
  const fitted = fit(text, from, to, how);
  return isFixed(to) ? `ss.pad(${fitted}, ${String(size)})` : fitted;
}

function fit(text: string, from: Printed, to: MsType, how: How): string {
  const size = String(units(to));
  const kind = family(from.type);
  if (kind === 'integer' || kind === 'decimal' || kind === 'float') {
    const types = `${quote(from.type.name)}, ${quote(to.name)}`;
    return `ss.number_fit(${text}::text, ${size}, ${types})`;
  }
  const own = kind === 'string' ? units(from.type) : -1;
  if (own >= 0 && own <= units(to)) return text;
  if (how.mode === 'cast') return `ss.cut(${text}, ${size})`;
  return `ss.fit(${text}, ${size}, ${quote(how.target)})`;
}

function asText(from: Printed, to: MsType, how: How): string {
  const { sql, type } = from;
  const style = how.style ?? 0;
  switch (family(type)) {
    case 'integer':
      return `(${sql})::text::bpchar`;
    case 'decimal':
      if (type.name === 'decimal')
        return `(${sql})::numeric(38,${String(type.scale)})::text::bpchar`;
      return `ss.money_text(${sql}, ${String(closed('money', style, [0, 1, 2, 126]))})`;
    case 'float':
      return `ss.float_text(${sql}, ${String(closed('float', style, [0, 1, 2, 3]))})`;
    case 'string':
      return inCodePage(sql, type, to);
    case 'xml':
      return sql;
    case 'uniqueidentifier':
      return `ss.uid_text(${sql})`;
    case 'binary':
      return binaryText(sql, to, closed('binary', style, [0, 1, 2]));
    case 'datetime':
      return timeText(from, how.style);
    case 'sql_variant':
      // No string to the server: the result has the database's collation, whatever is in it.
      return isNational(to)
        ? `ss.variant_text(${sql}, ${String(style)})`
        : `ss.page(ss.variant_text(${sql}, ${String(style)}), ${quote(codePage(to).encoding)})`;
  }
}

function closed(kind: string, style: number, known: readonly number[]): number {
  if (!known.includes(style)) throw notModelled(`CONVERT style ${String(style)} of ${kind}`);
  return style;
}

function inCodePage(sql: string, from: MsType, to: MsType): string {
  if (isNational(to)) return sql;
  const { encoding } = codePage(to);
  if (!isNational(from) && codePage(from).encoding === encoding) return sql;
  return `ss.page(${sql}, ${quote(encoding)})`;
}

/** Of a varchar; one without a collation of its own is in Latin 1. */
export function codePage(type: MsType): { readonly encoding: string } {
  return type.collation === null ? { encoding: 'WIN1252' } : collation(type.collation);
}

function binaryText(sql: string, to: MsType, style: number): string {
  if (style !== 0) return `ss.to_hex(${sql}, ${String(style)})`;
  return isNational(to)
    ? `ss.from_utf16(${sql})`
    : `ss.from_page(${sql}, ${quote(codePage(to).encoding)})`;
}

/** Without a style, the newer types show themselves as ISO and the older ones as style 0. */
function timeText(from: Printed, given: number | null): string {
  const { name, scale } = from.type;
  const old = name === 'datetime' || name === 'smalldatetime';
  const style = given ?? (old ? 0 : 121);
  if (!TIME_STYLES.has(style)) throw notModelled(`CONVERT style ${String(style)} of ${name}`);
  const offset = name === 'datetimeoffset' ? `substr(${from.sql}, 28)` : "''";
  return `ss.time_text(${localTime(from)}, ${offset}, ${quote(name)}, ${String(scale)}, ${String(style)})`;
}
