import type { Param } from '../param.js';
import { param } from '../param.js';
import { keySql } from './key-sql.js';
import type { TypedColumn } from './staging.js';

/** A statement may have 2,100 parameters, two of which the driver needs. */
const MOST_PARAMETERS = 2_000;
/** Locks beyond some thousand rows become one of the whole table. */
const MOST_KEYS = 1_000;

/** Keys as a derived table `k (v0, v1, …)`, each value of exactly its column's type. */
export interface KeyTable {
  readonly sql: string;
  readonly params: readonly Param[];
}

/** How many keys one statement can take. */
export function keysPerStatement(columns: number): number {
  return Math.max(1, Math.min(MOST_KEYS, Math.floor(MOST_PARAMETERS / Math.max(1, columns))));
}

/** @param rows at least one; a key text (see keyText) for each column */
export function keyTable(
  columns: readonly TypedColumn[],
  rows: readonly (readonly (string | null)[])[],
): KeyTable {
  const params: Param[] = [];
  const values = rows.map((row) => {
    const cells = columns.map((column, n) => {
      const name = `k${String(params.length)}`;
      params.push(param.nvarchar(name, row[n] ?? null));
      return inCollation(column, keySql(column, `@${name}`));
    });
    return `(${cells.join(', ')})`;
  });
  const aliases = columns.map((_, n) => `v${String(n)}`).join(', ');
  return { sql: `(VALUES ${values.join(',\n       ')}) AS k (${aliases})`, params };
}

/** Without it the text would have the database's collation, which need not be the column's (468). */
function inCollation({ type, collation }: TypedColumn, sql: string): string {
  const unicode = type.name === 'nchar' || type.name === 'nvarchar';
  if (!unicode || collation === null || !/^\w+$/.test(collation)) return sql;
  return `${sql} COLLATE ${collation}`;
}
