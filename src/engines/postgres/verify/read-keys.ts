import type pg from 'pg';
import type { ChunkStream } from '../../contract/full-sync.js';
import type { TableModel } from '../../contract/schema.js';
import { nativeTable } from '../catalog/native.js';
import { streamRows } from '../full-sync/read-chunk.js';
import { copyOutFormat } from '../full-sync/wire.js';
import type { SessionPool } from '../state/session-pool.js';
import { quoteIdent, quoteLiteral } from '../sql/quote.js';
import { relationSql } from '../watermark/watermark-sql.js';
import { keyArrays } from './key-values.js';
import type { VerifyColumn } from './verify-columns.js';
import { readVerifyTable } from './verify-columns.js';

/** The rows of these canonical key texts, as the rows of a copy. `subject` names the source. */
export async function readKeys(
  pool: SessionPool,
  subject: string,
  model: TableModel,
  keys: readonly string[],
  wire: string,
): Promise<ChunkStream> {
  const { root } = nativeTable(model);
  const wholeTree = root.kind === 'partitioned';
  const key = await pool.use((client) => keyColumns(client, model));
  const from = relationSql(root.schema, root.name, wholeTree);
  const where = keyCondition(key, keys);
  const relation = { ...root, wholeTree, reads: [] };
  return streamRows({ pool, subject, model, relation, wire }, (select) => {
    const rows = `select ${select} from ${from} where ${where}`;
    return `copy (${rows}) to stdout (format ${copyOutFormat(wire)})`;
  });
}

async function keyColumns(client: pg.Client, model: TableModel): Promise<readonly VerifyColumn[]> {
  const key = model.key ?? [];
  const query = async <Row extends pg.QueryResultRow>(
    sql: string,
    values: readonly unknown[] = [],
  ) => (await client.query<Row>(sql, [...values])).rows;
  const request = {
    table: model.name,
    columns: key,
    key,
    form: 'canonical',
    lastRows: null,
  } as const;
  return (await readVerifyTable(query, request)).key;
}

/** COPY takes no parameters. */
function keyCondition(key: readonly VerifyColumn[], keys: readonly string[]): string {
  const names = key.map((column) => quoteIdent(column.name)).join(', ');
  const arrays = keyArrays(key, keys);
  const rows = keys.map((_, row) => {
    const values = key.map(
      (column, n) => `${quoteLiteral(arrays[n]?.[row] ?? '')}::${column.type}`,
    );
    return `(${values.join(', ')})`;
  });
  return `(${names}) in (values ${rows.join(', ')})`;
}
