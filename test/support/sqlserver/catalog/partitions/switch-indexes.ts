/**
 * Every index of the target stands on the source too, on the same filegroup, equally compressed.
 * Needed by test/conformance/sqlserver/partitions: "is refused where the target has an index that
 * the source lacks".
 */
import { SqlError } from '../../backend.js';
import type { SessionContext } from '../../engine/catalog-seam.js';
import type { Side } from './switch.js';

interface IndexRow {
  readonly id: number;
  readonly name: string | null;
  readonly type: number;
  readonly disabled: boolean;
  /** Columns, order, uniqueness, filter: what has to be equal. */
  readonly shape: string;
  readonly filegroup: number;
  readonly compression: number;
  readonly functionId: number | null;
}

export async function checkIndexes(
  context: SessionContext,
  source: Side,
  target: Side,
): Promise<void> {
  const mine = await indexesOf(context, source);
  const theirs = await indexesOf(context, target);
  refuseUnaligned(source, mine);
  refuseUnaligned(target, theirs);
  checkRows(source, target, base(mine), base(theirs));
  for (const index of theirs) {
    if (index.id < 2 || index.disabled) continue;
    const twin = mine.find((each) => each.id > 1 && !each.disabled && each.shape === index.shape);
    if (twin === undefined) throw noTwin(source, target, index);
    checkPlace(source, target, twin, index);
  }
}

function base(indexes: readonly IndexRow[]): IndexRow {
  const found = indexes.find(({ id }) => id < 2);
  if (found === undefined) throw new Error('a table has a heap or a clustered index');
  return found;
}

async function indexesOf(
  context: SessionContext,
  { table, number }: Side,
): Promise<readonly IndexRow[]> {
  return context.query<IndexRow>(
    `SELECT i.id, i.name, i.type, i.disabled,
       concat_ws(' ', i.type, i.is_unique, i.is_primary, i.filter, i.ignore_dup_key, (SELECT string_agg(concat_ws(':', c.key,
         x.key_ordinal, x.descending, x.included), ',' ORDER BY x.key_ordinal, c.key) FROM ms.index_columns AS x
         JOIN ms.columns AS c ON c.object_id = x.object_id AND c.id = x.column_id
         WHERE x.object_id = i.object_id AND x.index_id = i.id AND (x.key_ordinal > 0 OR x.included))) AS shape,
       coalesce((SELECT d.filegroup FROM ms.destinations AS d WHERE d.scheme_id = i.space AND d.n = $2), i.space) AS filegroup,
       coalesce((SELECT c.level FROM ms.compression AS c WHERE c.object_id = i.object_id AND c.index_id = i.id AND c.partition = $2),
         (SELECT c.level FROM ms.compression AS c WHERE c.object_id = i.object_id AND c.index_id = i.id AND c.partition = 0), 0) AS compression,
       (SELECT s.function_id FROM ms.partition_schemes AS s WHERE s.id = i.space) AS "functionId"
     FROM ms.indexes AS i WHERE i.object_id = $1 ORDER BY i.id`,
    [table.id, Math.max(number, 1)],
  );
}

/** Heap or clustered on both sides, with the same key. */
function checkRows(source: Side, target: Side, mine: IndexRow, theirs: IndexRow): void {
  if ((mine.type === 0) !== (theirs.type === 0)) {
    const clustered = mine.type === 0 ? target : source;
    const heap = mine.type === 0 ? source : target;
    throw new SqlError(
      4913,
      `ALTER TABLE SWITCH statement failed. The table '${clustered.name}' has clustered index while the table '${heap.name}' does not have clustered index.`,
    );
  }
  if (mine.disabled || theirs.disabled) {
    throw new SqlError(
      4914,
      `ALTER TABLE SWITCH statement failed. The table '${mine.disabled ? source.name : target.name}' has a disabled clustered index.`,
    );
  }
  if (mine.shape !== theirs.shape) throw noTwin(source, target, theirs);
  checkPlace(source, target, mine, theirs);
}

function noTwin(source: Side, target: Side, { name }: IndexRow): SqlError {
  return new SqlError(
    4947,
    `ALTER TABLE SWITCH statement failed. There is no identical index in source table '${source.name}' for the index '${name ?? ''}' in target table '${target.name}'.`,
  );
}

function checkPlace(source: Side, target: Side, mine: IndexRow, theirs: IndexRow): void {
  if (mine.filegroup !== theirs.filegroup) {
    const number =
      source.fn !== null && target.fn !== null
        ? 4938
        : source.fn === null && target.fn === null
          ? 4940
          : 4939;
    throw new SqlError(
      number,
      `ALTER TABLE SWITCH statement failed. The rows of '${source.name}' and '${target.name}' are in different filegroups (index '${theirs.name ?? ''}').`,
    );
  }
  if (mine.compression === theirs.compression) return;
  throw new SqlError(
    11_406,
    `ALTER TABLE SWITCH statement failed. Source and target partitions have different values for the DATA_COMPRESSION option.`,
  );
}

function refuseUnaligned({ name, fn }: Side, indexes: readonly IndexRow[]): void {
  if (fn === null) return;
  const loose = indexes.find(({ functionId, disabled }) => functionId !== fn.id && !disabled);
  if (loose === undefined) return;
  throw new SqlError(
    7733,
    `'ALTER TABLE SWITCH' statement failed. The table '${name}' is partitioned while index '${loose.name ?? ''}' is not partitioned.`,
    { state: 4 },
  );
}
