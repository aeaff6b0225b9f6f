import type pg from 'pg';
import { SluiceError } from '../../../core/errors.js';
import { displayName } from '../../../core/names.js';
import type { TableModel } from '../../contract/schema.js';
import { nativeTable } from '../catalog/native.js';
import { quoteQualified } from '../sql/quote.js';
import type { WatermarkColumn } from './watermark-sql.js';
import { COLUMN_TYPE, relationSql } from './watermark-sql.js';

/** Types from which an interval can be taken away. */
const TIMES = new Set(['timestamp', 'date']);

/** @throws SluiceError SCHEMA_MISMATCH when the source table has no such column */
export async function readColumn(
  client: pg.ClientBase,
  model: TableModel,
  column: string,
): Promise<WatermarkColumn> {
  const { root } = nativeTable(model);
  const relation = relationSql(root.schema, root.name, root.kind === 'partitioned');
  const { rows } = await client.query<TypeRow>(COLUMN_TYPE, [root.oid, column]);
  const [row] = rows;
  if (row !== undefined) return { relation, column, ...typeOf(row) };
  throw new SluiceError(
    'SCHEMA_MISMATCH',
    `The source table ${displayName(model.name)} has no column ${column}.`,
    { remedy: 'Correct watermark.column in its settings.' },
  );
}

interface TypeRow {
  type: string;
  schema: string;
  name: string;
}

function typeOf(row: TypeRow): Pick<WatermarkColumn, 'type' | 'kind'> {
  if (row.schema !== 'pg_catalog') {
    return { type: quoteQualified(row.schema, row.name), kind: 'other' };
  }
  const { type } = row;
  if (row.name === 'timestamptz') return { type, kind: 'instant' };
  return { type, kind: TIMES.has(row.name) ? 'time' : 'other' };
}
