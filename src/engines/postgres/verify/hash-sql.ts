import { HASH_DIGITS, isMeasured, type CanonicalKind } from '../../../core/canonical.js';
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
/** A function takes 100 arguments (FUNC_MAX_ARGS), and a cell is up to four. */
const CELLS_AT_ONCE = 25;

/** One value of a row: an expression that concat() writes as its canonical text. */
export interface Cell {
  readonly kind: CanonicalKind;
  readonly value: string;
}

/** The cells of a row, straight from its columns. */
export function cellsOf(columns: readonly VerifyColumn[]): Cell[] {
  return columns.map((column) => ({
    kind: column.kind,
    value: canonicalValueSql(column, quoteIdent(column.name)),
  }));
}

/** The canonical text of several cells (see core/canonical.ts), as an SQL expression. */
export function canonicalRowSql(cells: readonly Cell[], utf8: boolean): string {
  if (cells.length <= CELLS_AT_ONCE) {
    return `concat(${cells.map((cell) => canonicalCellSql(cell, utf8)).join(', ')})`;
  }
  const groups = Array.from({ length: Math.ceil(cells.length / CELLS_AT_ONCE) }, (_, n) =>
    canonicalRowSql(cells.slice(n * CELLS_AT_ONCE, (n + 1) * CELLS_AT_ONCE), utf8),
  );
  return `concat(${groups.join(', ')})`;
}

/** Arguments of concat(), which leaves NULLs out and writes a number without a text of its own. */
function canonicalCellSql({ kind, value }: Cell, utf8: boolean): string {
  if (!isMeasured(kind)) return `${value}, CASE WHEN ${value} IS NULL THEN '~;' ELSE ';' END`;
  // In a UTF-8 database the bytes that are stored are the ones that count.
  const bytes = utf8 ? value : `convert_to(${value}, 'UTF8')`;
  return `octet_length(${bytes}), CASE WHEN ${value} IS NULL THEN '~' ELSE ':' END, ${value}, ';'`;
}

/** The SHA-256 of a canonical text. */
export function shaSql(row: string, utf8: boolean): string {
  // The same bytes: the session's encoding is pinned to UTF8, and sending has no name to look up.
  return `sha256(${utf8 ? `textsend(${row})` : `convert_to(${row}, 'UTF8')`})`;
}

/**
 * A bytea, computed once in a level of its own. The planner merges no subquery with a volatile
 * function in its select list into what is above it, nor moves a condition on such a column down:
 * each would compute the value as often as it is named. Then it drops the branch that never comes.
 * OFFSET 0 or a materialized CTE would do the first as well, but no parallel workers share those
 * (is_simple_subquery and qual_is_pushdown_safe in PostgreSQL's src/backend/optimizer).
 */
export function ownLevelSql(bytes: string): string {
  return `CASE WHEN false THEN textsend(timeofday()) ELSE ${bytes} END`;
}

/** First 60 bits of a SHA-256, byte by byte: half the time of a way by hex digits and bit strings. */
export function canonicalHashSql(sha: string): string {
  const bytes = Array.from({ length: Math.floor(KEY_BITS / 8) }, (_, n) => {
    return `(get_byte(${sha}, ${String(n)})::int8 << ${String(KEY_BITS - 8 - 8 * n)})`;
  });
  return `(${bytes.join(' | ')} | (get_byte(${sha}, ${String(bytes.length)}) >> 4))`;
}

/** The server's own hash of a record, 64 bits; only for comparing with another PostgreSQL. */
export function nativeHashSql(columns: readonly VerifyColumn[], utf8: boolean): string {
  const cells = columns.map((column) => nativeCellSql(column, utf8));
  return `hash_record_extended(ROW(${cells.join(', ')}), 0)`;
}

/** A native hash as 60 bits without a sign, of which the highest digits name a part. */
export function partHashSql(hash: string): string {
  return `(${hash} & ((1::int8 << ${String(KEY_BITS)}) - 1))`;
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

function canonicalValueSql(column: VerifyColumn, value: string): string {
  if (column.asText === true && column.builtin !== 'text') return outputText(value);
  switch (column.builtin) {
    case 'bool':
      return `${value}::int4`;
    case 'numeric':
      return `trim_scale(${value})`;
    case 'money':
      return `trim_scale(${value}::numeric)`;
    case 'float4':
    case 'float8':
      return `CASE WHEN ${value} = 'NaN' THEN '7ff8000000000000' ELSE encode(float8send(${value}::float8), 'hex') END`;
    case 'timestamptz':
      // As an interval it needs no look into the table of time zones for each row.
      return `(${value} AT TIME ZONE INTERVAL '0')`;
    case 'bytea':
      return `encode(${value}, 'hex')`;
    default:
      return column.builtin === 'text' || !isMeasured(column.kind) ? value : `${value}::text`;
  }
}
