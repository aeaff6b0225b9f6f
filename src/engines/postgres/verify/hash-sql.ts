import { HASH_DIGITS } from '../../../core/canonical.js';
import { quoteIdent } from '../sql/quote.js';
import { outputText } from '../neutral/output-text.js';
import type { VerifyColumn } from './verify-columns.js';

/** Types whose own hash tells two different values apart, on every server. */
const HASHED_BY_TYPE = new Set([
  'bool',
  'int2',
  'int4',
  'int8',
  'oid',
  'numeric',
  'date',
  'time',
  'timestamp',
  'timestamptz',
  'uuid',
  'bytea',
]);
/** Text types, whose hash is the one of their bytes under a deterministic collation. */
const TEXTS = new Set(['text', 'varchar']);
/** Bits of a key's hash that number the parts; both forms have 60. */
const KEY_BITS = HASH_DIGITS * 4;

/** The canonical text of several columns (see core/canonical.ts), as an SQL expression. */
export function canonicalRowSql(columns: readonly VerifyColumn[], utf8: boolean): string {
  return columns.map((column) => canonicalCellSql(column, utf8)).join(' || ');
}

function canonicalCellSql(column: VerifyColumn, utf8: boolean): string {
  const text = canonicalTextSql(column, quoteIdent(column.name));
  const measured = column.kind === 'text' || column.kind === 'json' || column.kind === 'fixed';
  if (!measured) return `coalesce(${text} || ';', '~;')`;
  // In a UTF-8 database the bytes that are stored are the ones that count.
  const bytes = utf8 ? text : `convert_to(${text}, 'UTF8')`;
  return `coalesce(octet_length(${bytes})::text || ':' || ${text} || ';', '~;')`;
}

/** First 60 bits of the SHA-256 of the canonical text. */
export function canonicalHashSql(columns: readonly VerifyColumn[], utf8: boolean): string {
  const row = canonicalRowSql(columns, utf8);
  // The same bytes: the session's encoding is pinned to UTF8, and sending has no name to look up.
  const bytes = utf8 ? `textsend(${row})` : `convert_to(${row}, 'UTF8')`;
  return `('x' || encode(substr(sha256(${bytes}), 1, 8), 'hex'))::bit(${String(KEY_BITS)})::int8`;
}

/** The server's own hash of a record, 64 bits; only for comparing with another PostgreSQL. */
export function nativeHashSql(columns: readonly VerifyColumn[], utf8: boolean): string {
  const cells = columns.map((column) => nativeCellSql(column, utf8));
  return `hash_record_extended(ROW(${cells.join(', ')}), 0)`;
}

/** A key's hash as 60 bits without a sign, of which the highest digits name a part. */
export function partHashSql(form: 'native' | 'canonical', hash: string): string {
  return form === 'native' ? `(${hash} & ((1::int8 << ${String(KEY_BITS)}) - 1))` : hash;
}

/** The first `digits` hex digits of a part hash, as a number. */
export function prefixSql(partHash: string, digits: number): string {
  return `(${partHash} >> ${String(KEY_BITS - digits * 4)})`;
}

function nativeCellSql(column: VerifyColumn, utf8: boolean): string {
  const value = quoteIdent(column.name);
  const { builtin } = column;
  if (builtin !== null && HASHED_BY_TYPE.has(builtin)) return value;
  // 0 and -0 are equal to the type, and so are their hashes.
  if (builtin === 'float8') return `float8send(${value})`;
  if (builtin === 'float4') return `float4send(${value})`;
  const text = builtin !== null && TEXTS.has(builtin) ? value : `${value}::text`;
  // The collation decides about the hash where it is nondeterministic, so one that is not.
  return utf8 ? `${text} COLLATE "C"` : `convert_to(${text}, 'UTF8')`;
}

function canonicalTextSql(column: VerifyColumn, value: string): string {
  if (column.asText === true && column.builtin !== 'text') return outputText(value);
  switch (column.builtin) {
    case 'bool':
      return `${value}::int4::text`;
    case 'numeric':
      return `trim_scale(${value})::text`;
    case 'money':
      return `trim_scale(${value}::numeric)::text`;
    case 'float4':
    case 'float8':
      return `CASE WHEN ${value} = 'NaN' THEN '7ff8000000000000' ELSE encode(float8send(${value}::float8), 'hex') END`;
    case 'timestamptz':
      // As an interval it needs no look into the table of time zones for each row.
      return `(${value} AT TIME ZONE INTERVAL '0')::text`;
    case 'bytea':
      return `encode(${value}, 'hex')`;
    default:
      return column.builtin === 'text' ? value : `${value}::text`;
  }
}
