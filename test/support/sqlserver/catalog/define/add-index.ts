/**
 * Indexes and keys: rows of ms.indexes, and the index with which PostgreSQL does the same. Needed
 * by test/conformance/sqlserver/catalogue-meaning: "tell key columns from included ones",
 * test/conformance/sqlserver/indexes: "that is unique and filtered looks only at the rows of its
 * filter" and test/conformance/sqlserver/strings: "groups, sorts and makes unique by the column".
 */
import pg from 'pg';
import { SqlError } from '../../backend.js';
import type { ColumnInfo, SessionContext } from '../../engine/catalog-seam.js';
import { keyExpression } from '../../engine/values/storage.js';
import type { IndexShape } from '../../tsql/ast.js';
import { conditionText } from '../definition-text.js';
import type { TableTarget } from './add-column.js';
import { findSpace, spaceOfTable } from './data-spaces.js';
import type { Space } from './data-spaces.js';
import { settingsOf, writeCompression } from './index-options.js';

/** The object of a key, or null for an index that is none. */
export interface KeyOf {
  readonly objectId: number;
  readonly primary: boolean;
}

export async function addIndex(
  context: SessionContext,
  table: TableTarget,
  shape: IndexShape,
  key: KeyOf | null = null,
): Promise<void> {
  const columns = shape.columns.map(({ name, descending }) => ({
    column: columnOf(table, name),
    descending,
  }));
  const included = shape.include.map((name) => columnOf(table, name));
  await refuseName(context, table, shape.name);
  const id = await newIndexId(context, table, shape);
  const space = await spaceFor(context, table, shape);
  if (shape.unique) checkAligned(table, shape, columns, space);
  if (shape.clustered) await dropHeap(context, table.id);
  await writeIndex(context, table, shape, id, space, key);
  await writeColumns(context, table, id, shape, columns, included, space);
  await writeCompression(context, table.id, id, shape.options);
  if (!shape.columnstore) await buildIndex(context, table, shape, id, columns);
  context.catalogChanged();
}

/** Without ON an index goes where the rows are, and is partitioned as they are. */
async function spaceFor(
  context: SessionContext,
  table: TableTarget,
  { on }: IndexShape,
): Promise<Space> {
  return on === null ? spaceOfTable(context, table.id) : findSpace(context, table, on);
}

async function newIndexId(
  context: SessionContext,
  table: TableTarget,
  { clustered, name }: IndexShape,
): Promise<number> {
  const [row] = await context.query<{ clustered: string | null; next: number }>(
    `SELECT max(name) FILTER (WHERE id = 1) AS clustered, greatest(max(id), 1) + 1 AS next
       FROM ms.indexes WHERE object_id = $1`,
    [table.id],
  );
  if (!clustered) return row?.next ?? 2;
  if (row?.clustered == null) return 1;
  throw new SqlError(
    1902,
    `Cannot create more than one clustered index on table '${table.place.schema}.${table.place.name}'. Drop the existing clustered index '${row.clustered}' before creating another.`,
    { state: name === '' ? 1 : 3 },
  );
}

async function dropHeap(context: SessionContext, tableId: number): Promise<void> {
  for (const from of ['ms.index_columns', 'ms.compression']) {
    await context.query(`DELETE FROM ${from} WHERE object_id = $1 AND index_id = 0`, [tableId]);
  }
  await context.query('DELETE FROM ms.indexes WHERE object_id = $1 AND id = 0', [tableId]);
}

async function writeIndex(
  context: SessionContext,
  table: TableTarget,
  shape: IndexShape,
  id: number,
  space: Space,
  key: KeyOf | null,
): Promise<void> {
  const { name, unique, clustered, columnstore, where, options } = shape;
  const type = columnstore ? (clustered ? 5 : 6) : clustered ? 1 : 2;
  const settings = settingsOf(options);
  await context.query(
    `INSERT INTO ms.indexes (object_id, id, name, key, type, is_unique, constraint_id, is_primary, space, filter,
       ignore_dup_key, fill_factor, padded, row_locks, page_locks)
     VALUES ($1, $2, $3, ms.name_key($4, $3), $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
    [
      table.id,
      id,
      name,
      table.place.database.id,
      type,
      unique,
      key?.objectId ?? null,
      key?.primary ?? false,
      space.id,
      where === null ? null : conditionText(where),
      settings.ignoreDupKey,
      settings.fillFactor,
      settings.padded,
      settings.rowLocks,
      settings.pageLocks,
    ],
  );
}

interface KeyColumn {
  readonly column: ColumnInfo;
  readonly descending: boolean;
}

/** A partitioning column that the index does not name has a row of its own, at the end. */
async function writeColumns(
  context: SessionContext,
  table: TableTarget,
  indexId: number,
  { columnstore }: IndexShape,
  columns: readonly KeyColumn[],
  included: readonly ColumnInfo[],
  space: Space,
): Promise<void> {
  const rows = [
    ...columns.map(({ column, descending }, index) => ({
      columnId: column.id,
      ordinal: columnstore ? 0 : index + 1,
      descending,
      included: columnstore,
    })),
    ...included.map(({ id }) => ({ columnId: id, ordinal: 0, descending: false, included: true })),
  ];
  const partition = space.columnId;
  if (partition !== null && !rows.some(({ columnId }) => columnId === partition)) {
    rows.push({ columnId: partition, ordinal: 0, descending: false, included: false });
  }
  for (const [index, row] of rows.entries()) {
    await context.query(
      `INSERT INTO ms.index_columns
         (object_id, index_id, id, column_id, key_ordinal, partition_ordinal, descending, included)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [
        table.id,
        indexId,
        index + 1,
        row.columnId,
        row.ordinal,
        row.columnId === partition ? 1 : 0,
        row.descending,
        row.included,
      ],
    );
  }
}

/**
 * Uniqueness is checked at the end of a statement, as SQL Server does, where PostgreSQL can defer
 * it: in a constraint, which has neither a filter nor an expression.
 */
export async function buildIndex(
  context: SessionContext,
  table: TableTarget,
  shape: Pick<IndexShape, 'name' | 'unique' | 'where'>,
  id: number,
  columns: readonly KeyColumn[],
): Promise<void> {
  const name = `i${String(table.id)}_${String(id)}`;
  const keys = columns.map(({ column }) => keyExpression(column.pg, column.type));
  const plain = columns.every(({ column }) => column.type.name !== 'datetimeoffset');
  if (shape.unique && plain && shape.where === null) {
    const list = columns.map(({ column }) => column.pg).join(', ');
    const sql = `ALTER TABLE ${table.pg} ADD CONSTRAINT ${name} UNIQUE NULLS NOT DISTINCT (${list}) DEFERRABLE`;
    await noDuplicates(context, table, shape.name, sql);
    return;
  }
  const ordered = columns.map(({ column, descending }, index) => {
    const part = `(${keys[index] ?? column.pg})${descending ? ' DESC' : ''}`;
    return column.nullable ? `${part} NULLS ${descending ? 'LAST' : 'FIRST'}` : part;
  });
  const where =
    shape.where === null
      ? ''
      : ` WHERE ${await context.printCondition(shape.where, table.columns)}`;
  const unique = shape.unique ? 'UNIQUE ' : '';
  const nulls = shape.unique ? ' NULLS NOT DISTINCT' : '';
  const sql = `CREATE ${unique}INDEX ${name} ON ${table.pg} (${ordered.join(', ')})${nulls}${where}`;
  await noDuplicates(context, table, shape.name, sql);
}

/** Throws 1505 where rows stand in the way of a unique index. */
async function noDuplicates(
  context: SessionContext,
  table: TableTarget,
  name: string,
  sql: string,
): Promise<void> {
  try {
    await context.query(sql);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== '23505') throw error;
    const value = /=\((.*)\) is duplicated/s.exec(error.detail ?? '')?.[1] ?? '';
    const object = `${table.place.schema}.${table.place.name}`;
    throw new SqlError(
      1505,
      `The CREATE UNIQUE INDEX statement terminated because a duplicate key was found for the object name '${object}' and the index name '${name}'. The duplicate key value is (${value}).`,
    );
  }
}

export function columnOf(table: Pick<TableTarget, 'columns'>, name: string): ColumnInfo {
  const found =
    table.columns.find((column) => column.name === name) ??
    table.columns.find((column) => column.name.toLowerCase() === name.toLowerCase());
  if (found !== undefined) return found;
  throw new SqlError(1911, `Column name '${name}' does not exist in the target table or view.`);
}

async function refuseName(
  context: SessionContext,
  table: TableTarget,
  name: string,
): Promise<void> {
  const [row] = await context.query(
    'SELECT FROM ms.indexes WHERE object_id = $1 AND key = ms.name_key($2, $3)',
    [table.id, table.place.database.id, name],
  );
  if (row === undefined) return;
  throw new SqlError(
    1913,
    `The operation failed because an index or statistics with name '${name}' already exists on table '${table.place.schema}.${table.place.name}'.`,
  );
}

function checkAligned(
  table: TableTarget,
  { name }: IndexShape,
  columns: readonly KeyColumn[],
  space: Space,
): void {
  if (space.columnId === null) return;
  if (columns.some(({ column }) => column.id === space.columnId)) return;
  const column = table.columns.find(({ id }) => id === space.columnId)?.name ?? '';
  throw new SqlError(
    1908,
    `Column '${column}' is partitioning column of the index '${name}'. Partition columns for a unique index must be a subset of the index key.`,
  );
}
