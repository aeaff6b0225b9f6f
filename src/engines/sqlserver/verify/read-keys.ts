import type { ChunkStream } from '../../contract/full-sync.js';
import type { TableModel } from '../../contract/schema.js';
import { nativeTable } from '../catalog/native.js';
import { streamRows } from '../full-sync/read-chunk.js';
import type { SessionPool } from '../sql-session.js';
import { quoteIdent, quoteQualified } from '../sql/quote.js';
import { canonicalKeys } from './key-values.js';
import { verifyColumn } from './verify-columns.js';

/** The rows of these canonical key texts, framed as the rows of a copy are. */
export async function readKeys(
  pool: SessionPool,
  model: TableModel,
  keys: readonly string[],
  wire: string,
): Promise<ChunkStream> {
  const table = nativeTable(model);
  const columns = (model.key ?? []).flatMap((name) => table.column(name) ?? []);
  const key = columns.map(({ name, type, collation }) => verifyColumn(name, type, collation));
  const wanted = canonicalKeys(key, keys);
  const same = key.map(({ name }, n) => `k.v${String(n)} = ${quoteIdent(name)}`).join(' AND ');
  const relation = quoteQualified(model.name.schema, model.name.table);
  return streamRows(
    { pool, model, relation, wire },
    { sql: `EXISTS (SELECT 1 FROM ${wanted.sql} WHERE ${same})`, params: wanted.params },
  );
}
