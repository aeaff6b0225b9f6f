/**
 * ALTER TABLE … SWITCH: SQL Server's rules first, then the rows move. Needed by
 * test/conformance/sqlserver/partitions: "moves the rows into an empty partition, and is refused a
 * full one" and test/conformance/sqlserver/change-tracking: "keeps its table from SWITCH".
 */
import { SqlError } from '../../backend.js';
import type { SessionContext } from '../../engine/catalog-seam.js';
import type { AlterTableAction, Expression } from '../../tsql/ast.js';
import type { TableTarget } from '../define/add-column.js';
import { targetOf } from '../define/table-target.js';
import { infoOf } from '../define/tracking.js';
import type { Feeds } from '../feeds-seam.js';
import { findObject } from '../objects.js';
import { moveRows } from './move-rows.js';
import { functionById, partitionsOf, predicateOf } from './rows.js';
import type { FunctionRow, TablePartitions } from './rows.js';
import { checkColumns } from './switch-columns.js';
import { checkConstraints } from './switch-constraints.js';
import { checkIndexes } from './switch-indexes.js';
import { checkRange } from './switch-range.js';

type Switch = Extract<AlterTableAction, { kind: 'switch' }>;

/** One side: the table, and the partition of it that takes part (0: all of a table without any). */
export interface Side {
  readonly table: TableTarget;
  /** `db.schema.table`, as the messages have it. */
  readonly name: string;
  readonly partitions: TablePartitions;
  readonly fn: FunctionRow | null;
  readonly number: number;
}

export async function switchPartition(
  context: SessionContext,
  from: TableTarget,
  { partition, target: name, targetPartition }: Switch,
  feeds: Feeds,
): Promise<void> {
  const row = await findObject(context, name, 'U');
  if (row === undefined) {
    throw new SqlError(
      1088,
      `Cannot find the object "${name.join('.')}" because it does not exist or you do not have permissions.`,
      { state: 29 },
    );
  }
  const source = await sideOf(context, from, partition, 1);
  const target = await sideOf(context, await targetOf(context, row), targetPartition, 2);
  await refuseSame(context, source, target);
  await lock(context, source, target);
  await checkColumns(context, source, target);
  await checkIndexes(context, source, target);
  await checkConstraints(context, source, target);
  await checkRange(context, source, target);
  await refuseFull(context, target);
  const infos = [await infoOf(context, from.id), await infoOf(context, row.id)] as const;
  await feeds.switching(context, ...infos);
  const predicate = await predicateOf(context, source.partitions, source.number);
  await moveRows(context, source.table, target.table, predicate);
}

async function sideOf(
  context: SessionContext,
  table: TableTarget,
  partition: Expression | null,
  state: 1 | 2,
): Promise<Side> {
  const { database, schema, name: own } = table.place;
  const name = `${database.name}.${schema}.${own}`;
  const partitions = await partitionsOf(context, table.id);
  const fn =
    partitions.functionId === null ? null : await functionById(context, partitions.functionId);
  if (fn === null) {
    if (partition !== null) context.info(ignored(name));
    return { table, name, partitions, fn, number: 0 };
  }
  if (partition === null) {
    throw new SqlError(
      4911,
      `Cannot specify a partitioned table without partition number in ALTER TABLE SWITCH statement. The table '${name}' is partitioned.`,
      { state },
    );
  }
  const { type, text } = await context.evaluate(partition);
  if (!['int', 'bigint', 'smallint', 'tinyint'].includes(type.name)) {
    throw new SqlError(
      4957,
      `'ALTER TABLE SWITCH' statement failed because the expression identifying partition number for the ${state === 1 ? 'source' : 'target'} table '${name}' is not of integer type.`,
    );
  }
  const number = Number(text);
  if (number < 1 || number > fn.values.length + 1) {
    throw new SqlError(
      4950,
      `ALTER TABLE SWITCH statement failed because partition number ${String(number)} does not exist in ${state === 1 ? 'source' : 'target'} table '${name}'.`,
    );
  }
  return { table, name, partitions, fn, number };
}

function ignored(name: string): SqlError {
  return new SqlError(
    4903,
    `Warning: The specified partition for the table '${name}' was ignored in ALTER TABLE SWITCH statement because the table is not partitioned.`,
    { level: 10 },
  );
}

async function refuseSame(context: SessionContext, source: Side, target: Side): Promise<void> {
  if (source.table.place.database.id !== target.table.place.database.id) {
    throw new SqlError(
      4948,
      `ALTER TABLE SWITCH statement failed because the source table '${source.name}' is in a different database than the target table '${target.name}'.`,
    );
  }
  if (source.table.id === target.table.id && source.number === target.number) {
    throw new SqlError(
      4955,
      `ALTER TABLE SWITCH statement failed because the source table '${source.name}' and the target table '${target.name}' are the same.`,
    );
  }
  const tracked = await context.query<{ id: number }>(
    'SELECT id FROM ms.tables WHERE id IN ($1, $2) AND tracking IS NOT NULL',
    [source.table.id, target.table.id],
  );
  const [first] = tracked;
  if (first === undefined) return;
  const isTarget = first.id === target.table.id;
  throw new SqlError(
    4900,
    `The ALTER TABLE SWITCH statement failed for table '${isTarget ? target.name : source.name}'. It is not possible to switch the partition of a table that has change tracking enabled. Disable change tracking before using ALTER TABLE SWITCH.`,
    { state: isTarget ? 1 : 2 },
  );
}

/** Sch-M on both, always in the order of their numbers. */
async function lock(context: SessionContext, source: Side, target: Side): Promise<void> {
  const tables = [source.table, target.table].sort((a, b) => a.id - b.id);
  for (const { pg } of tables) await context.query(`LOCK TABLE ${pg} IN ACCESS EXCLUSIVE MODE`);
}

async function refuseFull(context: SessionContext, target: Side): Promise<void> {
  const predicate = await predicateOf(context, target.partitions, target.number);
  const [row] = await context.query(`SELECT FROM ${target.table.pg} WHERE ${predicate} LIMIT 1`);
  if (row === undefined) return;
  if (target.fn === null) {
    throw new SqlError(
      4905,
      `ALTER TABLE SWITCH statement failed. The target table '${target.name}' must be empty.`,
    );
  }
  throw new SqlError(
    4904,
    `ALTER TABLE SWITCH statement failed. The specified partition ${String(target.number)} of target table '${target.name}' must be empty.`,
  );
}
