import { parseCanonical, parseCanonicalFloat } from '../../../core/canonical.js';
import type { Param } from '../sql-session.js';
import { param } from '../sql-session.js';
import { keySql } from '../types/key-sql.js';
import { doubleText } from '../types/cell-of.js';
import type { VerifyColumn } from './verify-columns.js';

/** A statement may have 2,100 parameters, two of which the driver needs. */
const MOST_PARAMETERS = 2_000;
const MOST_KEYS = 500;

/** Keys as a derived table `k (v0, v1, …)`, each value of exactly its column's type. */
export interface KeyTable {
  readonly sql: string;
  readonly params: readonly Param[];
}

/** How many keys one statement can take. */
export function keysPerStatement(key: readonly VerifyColumn[]): number {
  return Math.max(1, Math.min(MOST_KEYS, Math.floor(MOST_PARAMETERS / Math.max(1, key.length))));
}

/** @throws TypeError for a text that is no canonical text of such a key */
export function keyTable(key: readonly VerifyColumn[], texts: readonly string[]): KeyTable {
  const kinds = key.map((column) => column.kind);
  const params: Param[] = [];
  const rows = texts.map((text) => {
    const cells = parseCanonical(kinds, text);
    const values = key.map((column, n) => {
      const name = `k${String(params.length)}`;
      params.push(param.nvarchar(name, toKeyText(column, cells[n] ?? null)));
      return keySql(column, `@${name}`);
    });
    return `(${values.join(', ')})`;
  });
  const aliases = key.map((_, n) => `v${String(n)}`).join(', ');
  return { sql: `(VALUES ${rows.join(',\n       ')}) AS k (${aliases})`, params };
}

/** The text that `keySql` reads: a float as digits, an instant with its zone. */
function toKeyText(column: VerifyColumn, canonical: string | null): string | null {
  if (canonical === null) return null;
  if (column.kind === 'float') return doubleText(parseCanonicalFloat(canonical));
  if (column.type.name === 'datetimeoffset') return `${canonical} +00:00`;
  return canonical;
}
