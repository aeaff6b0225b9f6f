import { SluiceError } from '../../../core/errors.js';
import { displayName } from '../../../core/names.js';
import type { ChunkStream } from '../../contract/full-sync.js';
import { assertForms } from '../../contract/plan-errors.js';
import type { TargetColumn, TargetTable } from '../apply/target-table.js';
import { neutralIn } from '../apply/target-table.js';
import type { BulkColumn, MsSession, Query } from '../sql-session.js';
import type { Staging } from '../types/staging.js';
import { stagingOf } from '../types/staging.js';
import { variantHead } from '../types/variant-sql.js';

export interface LoadColumn {
  readonly target: TargetColumn;
  readonly staging: Staging;
  /** Its place in a row; also the number in the staging column's name. */
  readonly at: number;
}

/** Where a chunk waits in tempdb for the server to put it into its table. */
export const LOAD_TABLE = '#sluice_load';

/**
 * The columns of a stream as the target writes them.
 *
 * @throws SluiceError SCHEMA_MISMATCH naming the column that the target does not have, or has of
 * another form
 */
export function loadColumns(
  table: TargetTable,
  stream: Pick<ChunkStream, 'wire' | 'columns' | 'types'>,
): LoadColumn[] {
  const byName = new Map(table.columns.map((column) => [column.name, column]));
  assertForms(table.name, stream, neutralIn(table));
  return stream.columns.map((name, at) => {
    const target = byName.get(name);
    if (target !== undefined) return { target, staging: stagingOf(target), at };
    throw new SluiceError(
      'SCHEMA_MISMATCH',
      `${displayName(table.name)} has no column ${name} on the target.`,
      { remedy: 'Resync the table: its stage is made anew.' },
    );
  });
}

/** The server gives these out itself; a row's own value is read and left. */
export function written(columns: readonly LoadColumn[]): LoadColumn[] {
  return columns.filter(({ target }) => !target.generated);
}

export function stagedName(column: LoadColumn): string {
  return `c${column.at}`;
}

export async function createLoadTable(
  session: MsSession,
  columns: readonly LoadColumn[],
): Promise<void> {
  const list = columns.map((column) => `${stagedName(column)} ${column.staging.ddl} NULL`);
  await session.batch(
    `DROP TABLE IF EXISTS ${LOAD_TABLE};\nCREATE TABLE ${LOAD_TABLE} (${list.join(', ')});`,
  );
}

export function bulkColumns(columns: readonly LoadColumn[]): BulkColumn[] {
  return columns.map((column) => ({
    name: stagedName(column),
    ...column.staging.bulk,
    nullable: true,
  }));
}

/** The types that staged variants have, by column: one branch of the assignment for each. */
export async function readHeads(
  query: Query,
  columns: readonly LoadColumn[],
): Promise<ReadonlyMap<LoadColumn, readonly string[]>> {
  const heads = new Map<LoadColumn, readonly string[]>();
  for (const column of columns) {
    if (column.target.type.name !== 'sql_variant') continue;
    const name = stagedName(column);
    const rows = await query<{ head: string }>(
      `SELECT DISTINCT ${variantHead(name)} COLLATE Latin1_General_BIN2 AS head
         FROM ${LOAD_TABLE} WHERE ${name} IS NOT NULL`,
    );
    heads.set(
      column,
      rows.map(({ head }) => head),
    );
  }
  return heads;
}

/** Puts the loaded rows into the table and gives their number. */
export function insertLoadedSql(
  table: TargetTable,
  columns: readonly LoadColumn[],
  heads: ReadonlyMap<LoadColumn, readonly string[]>,
): string {
  const values = columns.map((column) =>
    column.staging.assign(`s.${stagedName(column)}`, heads.get(column) ?? []),
  );
  const insert = `INSERT INTO ${table.sql} (${columns.map(({ target }) => target.sql).join(', ')})
SELECT ${values.join(',\n       ')}
  FROM ${LOAD_TABLE} AS s;
SELECT CONVERT(bigint, @@ROWCOUNT) AS n;`;
  if (!columns.some(({ target }) => target.identity)) return insert;
  return `SET IDENTITY_INSERT ${table.sql} ON;\n${insert}\nSET IDENTITY_INSERT ${table.sql} OFF;`;
}
