import type { DigestRequest } from '../../contract/verify.js';
import type { Cell } from './hash-sql.js';
import {
  canonicalHashSql,
  canonicalRowSql,
  cellsOf,
  nativeHashSql,
  ownLevelSql,
  partHashSql,
  shaSql,
} from './hash-sql.js';
import type { VerifyColumn, VerifyTable } from './verify-columns.js';

export interface HashedRows {
  /** A relation and what follows it. */
  readonly rows: string;
  /** Beside row_hash: key_hash and key. */
  readonly withKey: boolean;
  /** An expression over `rows`, as the column version. */
  readonly version?: string;
}

/** Rows by their hashes, as a table in FROM with the columns row_hash, key_hash, key and version. */
export function hashedRowsSql(
  form: DigestRequest['form'],
  table: VerifyTable,
  wanted: HashedRows,
): string {
  return form === 'native' ? nativeRowsSql(table, wanted) : canonicalRowsSql(table, wanted);
}

function nativeRowsSql({ columns, key, utf8 }: VerifyTable, wanted: HashedRows): string {
  const select = [`${nativeHashSql(columns, utf8)} AS row_hash`];
  if (wanted.withKey) {
    select.push(`${partHashSql(nativeHashSql(key, utf8))} AS key_hash`);
    select.push(`${canonicalRowSql(cellsOf(key), utf8)} AS key`);
  }
  if (wanted.version !== undefined) select.push(`${wanted.version} AS version`);
  return `(
    SELECT ${select.join(', ')}
      FROM ${wanted.rows}) AS hashed`;
}

/** Each level computes what the one above names several times: texts, then hashes, then numbers. */
function canonicalRowsSql({ columns, key, utf8 }: VerifyTable, wanted: HashedRows): string {
  const row = namedCells(columns, 'c');
  const cells = [...row.select, `${ownLevelSql("''::bytea")} AS own_level`];
  const hashes = [`${ownLevelSql(shaSql(canonicalRowSql(row.cells, utf8), utf8))} AS row_sha`];
  const numbers = [`${canonicalHashSql('row_sha')} AS row_hash`];
  if (wanted.withKey) {
    const keys = namedCells(key, 'k');
    const text = canonicalRowSql(keys.cells, utf8);
    cells.push(...keys.select);
    hashes.push(`${ownLevelSql(shaSql(text, utf8))} AS key_sha`, `${text} AS key`);
    numbers.push(`${canonicalHashSql('key_sha')} AS key_hash`, 'key');
  }
  if (wanted.version !== undefined) {
    cells.push(`${wanted.version} AS version`);
    hashes.push('version');
    numbers.push('version');
  }
  return `(
    SELECT ${numbers.join(', ')}
      FROM (
        SELECT ${hashes.join(', ')}
          FROM (
            SELECT ${cells.join(', ')}
              FROM ${wanted.rows}) AS cells) AS digests) AS hashed`;
}

/** Cells that a level below computes under names of their own. */
function namedCells(
  columns: readonly VerifyColumn[],
  prefix: string,
): { readonly select: readonly string[]; readonly cells: readonly Cell[] } {
  const cells = cellsOf(columns);
  const name = (n: number): string => `${prefix}${String(n + 1)}`;
  return {
    select: cells.map(({ value }, n) => `${value} AS ${name(n)}`),
    cells: cells.map(({ kind }, n) => ({ kind, value: name(n) })),
  };
}
