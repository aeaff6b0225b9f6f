/**
 * Partition functions and schemes as the catalog keeps them. Needed by
 * test/conformance/sqlserver/partitions: "with RANGE RIGHT belongs to the partition on its right"
 * and test/conformance/sqlserver/partitions: "goes with a TRUNCATE of the partition".
 */
import type { MsType } from '../../backend.js';
import type { SessionContext } from '../../engine/catalog-seam.js';
import { typeOfRow } from '../column-rows.js';

export interface FunctionRow {
  readonly id: number;
  readonly name: string;
  readonly isRight: boolean;
  readonly pgType: string;
  readonly type: MsType;
  /** Boundaries in PostgreSQL's stored form, in order. */
  readonly values: readonly string[];
}

interface Raw {
  readonly id: number;
  readonly name: string;
  readonly is_right: boolean;
  readonly pg_type: string;
  readonly type: string;
  readonly length: number;
  readonly precision: number;
  readonly scale: number;
  readonly collation: string | null;
  readonly values: string[] | null;
}

const SELECT = `
SELECT f.id, f.name, f.is_right, f.pg_type, f.type, f.length, f.precision, f.scale, f.coll AS collation,
  (SELECT array_agg(b.value ORDER BY b.n) FROM ms.boundaries AS b WHERE b.function_id = f.id) AS values
FROM ms.partition_functions AS f`;

export async function functionByName(
  context: SessionContext,
  db: number,
  name: string,
): Promise<FunctionRow | undefined> {
  const rows = await context.query<Raw>(
    `${SELECT} WHERE f.db = $1 AND f.key = ms.name_key($1, $2)`,
    [db, name],
  );
  return rows.map(read)[0];
}

export async function functionById(context: SessionContext, id: number): Promise<FunctionRow> {
  const [row] = await context.query<Raw>(`${SELECT} WHERE f.id = $1`, [id]);
  if (row === undefined) throw new Error('a partition function has a row');
  return read(row);
}

function read(row: Raw): FunctionRow {
  const { id, name, is_right: isRight, pg_type: pgType, values } = row;
  return { id, name, isRight, pgType, type: typeOfRow(row), values: values ?? [] };
}

/** How PostgreSQL writes a boundary of that function in an expression. */
export function boundarySql({ type, pgType }: FunctionRow, value: string): string {
  const literal = `'${value.replaceAll("'", "''")}'`;
  return type.name === 'datetimeoffset' ? `left(${literal}, 27)` : `${literal}::${pgType}`;
}

/** The partitions of a table (its heap or clustered index); null where it has none. */
export interface TablePartitions {
  readonly indexId: number;
  readonly functionId: number | null;
  /** The partitioning column, as PostgreSQL compares it. */
  readonly key: string | null;
  readonly columnId: number | null;
}

export async function partitionsOf(
  context: SessionContext,
  tableId: number,
): Promise<TablePartitions> {
  const [row] = await context.query<TablePartitions>(
    `SELECT i.id AS "indexId", k.fn AS "functionId", k.col AS key, k.column_id AS "columnId" FROM ms.indexes AS i
       LEFT JOIN LATERAL ms.partition_key(i.object_id, i.id) AS k ON true
      WHERE i.object_id = $1 AND i.id IN (0, 1)`,
    [tableId],
  );
  if (row === undefined) throw new Error('a table has a heap or a clustered index');
  return row;
}

/** PostgreSQL's condition for the rows of one partition. */
export async function predicateOf(
  context: SessionContext,
  { functionId, key }: TablePartitions,
  partition: number,
): Promise<string> {
  if (functionId === null || key === null) return 'true';
  const [row] = await context.query<{ sql: string }>(
    'SELECT ms.partition_predicate($1, $2, $3) AS sql',
    [key, functionId, partition],
  );
  return row?.sql ?? 'true';
}
