import type { MsColumn } from '../../catalog/model.js';
import { quoteIdent } from '../../sql/quote.js';
import { readSql } from '../../types/read-sql.js';
import type { CopiedColumn } from '../wire.js';
import type { Condition } from './range-sql.js';

/** Every n-th key in order. One pass over the narrowest index that has the key. */
export function bordersSql(relation: string, key: readonly MsColumn[]): string {
  const names = key.map(({ name }) => quoteIdent(name));
  const texts = key.map(
    (column, at) => `${readSql(column.type, `k.${quoteIdent(column.name)}`)} AS c${at}`,
  );
  return `
SELECT ${texts.join(', ')}
  FROM (SELECT ${names.join(', ')}, ROW_NUMBER() OVER (ORDER BY ${names.join(', ')}) AS place
          FROM ${relation}
         WHERE ${names[0] ?? ''} IS NOT NULL) AS k
 WHERE k.place > 1 AND (k.place - 1) % @step = 0
 ORDER BY k.place`;
}

/** Rows of a chunk; no order is asked for, so that the server need not make one. */
export function readChunkSql(
  relation: string,
  columns: readonly CopiedColumn[],
  condition: Condition,
): string {
  const selected = columns.map(({ name, read }, at) => `${read(quoteIdent(name))} AS c${at}`);
  const where = condition.sql === '' ? '' : `\n WHERE ${condition.sql}`;
  return `SELECT ${selected.join(',\n       ')}\n  FROM ${relation}${where}`;
}

/** Whether the table is still the one that was planned, and whether snapshots are allowed. */
export const CHUNK_FACTS = `
SELECT OBJECT_ID(@relation) AS id,
       CONVERT(int, d.snapshot_isolation_state) AS snapshot
  FROM sys.databases AS d
 WHERE d.name = DB_NAME()`;
