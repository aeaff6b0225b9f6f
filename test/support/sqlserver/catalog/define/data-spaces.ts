/**
 * Filegroups and partition schemes, as ON names them. Needed by
 * test/conformance/sqlserver/catalogue-meaning: "tell key columns from included ones and from the
 * one that only divides" and test/conformance/sqlserver/catalogue-meaning: "are numbered from 1 in
 * the order of the boundaries".
 */
import { SqlError } from '../../backend.js';
import type { DatabaseInfo, SessionContext } from '../../engine/catalog-seam.js';
import type { DataSpace } from '../../tsql/ast.js';
import type { TableTarget } from './add-column.js';

export interface Space {
  readonly id: number;
  /** Of the column that rows are partitioned by. */
  readonly columnId: number | null;
}

interface SpaceRow {
  readonly id: number;
  readonly type: string | null;
}

/** Throws 1921 for a name that is neither, 1921's kin for a column that does not fit. */
export async function findSpace(
  context: SessionContext,
  table: TableTarget,
  on: DataSpace | null,
): Promise<Space> {
  if (on === null || table.place.temporary) return { id: 1, columnId: null };
  const row = await spaceRow(context, table.place.database, on.name);
  if (row === undefined) {
    throw new SqlError(1921, `Invalid filegroup '${on.name}' specified.`, { state: 1 });
  }
  if (row.type === null) return { id: row.id, columnId: null };
  if (on.column === null) {
    throw new SqlError(
      1922,
      `Filegroup '${on.name}' has no files assigned to it. Tables, indexes, text columns, ntext columns, and image columns cannot be created on this filegroup until a file is added.`,
    );
  }
  const wanted = on.column.toLowerCase();
  const column = table.columns.find(({ name }) => name.toLowerCase() === wanted);
  if (column === undefined) {
    throw new SqlError(
      1911,
      `Column name '${on.column}' does not exist in the target table or view.`,
    );
  }
  if (column.type.name !== row.type) {
    throw new SqlError(
      7726,
      `Partition column '${column.name}' has data type ${column.type.name} which is different from the partition function '${on.name}' parameter data type ${row.type}.`,
    );
  }
  return { id: row.id, columnId: column.id };
}

/** `type`: of the partition function's parameter; null for a filegroup. */
async function spaceRow(
  context: SessionContext,
  database: DatabaseInfo,
  name: string,
): Promise<SpaceRow | undefined> {
  const wanted = name.toLowerCase() === 'default' ? 'primary' : name;
  const [row] = await context.query<SpaceRow>(
    `SELECT id, NULL AS type FROM ms.filegroups WHERE db = $1 AND lower(name) = lower($2)
     UNION ALL
     SELECT s.id, f.type FROM ms.partition_schemes AS s JOIN ms.partition_functions AS f ON f.id = s.function_id
      WHERE s.db = $1 AND s.key = ms.name_key($1, $2)`,
    [database.id, wanted],
  );
  return row;
}

/** Where the rows of a table are: what its heap (0) or clustered index (1) has. */
export async function spaceOfTable(context: SessionContext, tableId: number): Promise<Space> {
  const [row] = await context.query<{ id: number; columnId: number | null }>(
    `SELECT i.space AS id, x.column_id AS "columnId" FROM ms.indexes AS i
       LEFT JOIN ms.index_columns AS x
         ON x.object_id = i.object_id AND x.index_id = i.id AND x.partition_ordinal = 1
      WHERE i.object_id = $1 AND i.id IN (0, 1)`,
    [tableId],
  );
  return row ?? { id: 1, columnId: null };
}

/** The row of a heap, with the partitioning column that it is not declared with. */
export async function placeRows(
  context: SessionContext,
  table: Pick<TableTarget, 'id'>,
  indexId: 0,
  space: Space,
): Promise<void> {
  await context.query(
    'INSERT INTO ms.indexes (object_id, id, name, type, space) VALUES ($1, $2, NULL, 0, $3)',
    [table.id, indexId, space.id],
  );
  if (space.columnId === null) return;
  await context.query(
    `INSERT INTO ms.index_columns (object_id, index_id, id, column_id, key_ordinal, partition_ordinal)
     VALUES ($1, $2, 1, $3, 0, 1)`,
    [table.id, indexId, space.columnId],
  );
}
