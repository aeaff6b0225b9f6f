/**
 * TRUNCATE of some partitions. Needed by test/conformance/sqlserver/partitions: "goes with a
 * TRUNCATE of the partition".
 */
import { SqlError } from '../../backend.js';
import type { SessionContext } from '../../engine/catalog-seam.js';
import type { PartitionRange } from '../../tsql/ast.js';
import type { TableTarget } from '../define/add-column.js';
import { unlogged } from './move-rows.js';
import { functionById, partitionsOf, predicateOf } from './rows.js';

/** TRUNCATE TABLE … WITH (PARTITIONS (2, 4 TO 6)): an exclusive lock, and no trace in the feeds. */
export async function truncatePartitions(
  context: SessionContext,
  table: TableTarget,
  ranges: readonly PartitionRange[],
): Promise<void> {
  const partitions = await partitionsOf(context, table.id);
  if (partitions.functionId === null) {
    throw new SqlError(
      7729,
      `Cannot specify partition number in the TRUNCATE TABLE statement as the table '${table.place.name}' is not partitioned.`,
    );
  }
  const { values } = await functionById(context, partitions.functionId);
  const numbers = await numbersOf(context, ranges);
  const wrong = numbers.find((n) => n < 1 || n > values.length + 1);
  if (wrong !== undefined) {
    throw new SqlError(
      7722,
      `Invalid partition number ${String(wrong)} specified for table '${table.place.name}', partition number can range from 1 to ${String(values.length + 1)}.`,
    );
  }
  await context.query(`LOCK TABLE ${table.pg} IN ACCESS EXCLUSIVE MODE`);
  await unlogged(context, async () => {
    for (const number of numbers) {
      const predicate = await predicateOf(context, partitions, number);
      await context.query(`DELETE FROM ${table.pg} WHERE ${predicate}`);
    }
  });
}

async function numbersOf(
  context: SessionContext,
  ranges: readonly PartitionRange[],
): Promise<number[]> {
  const numbers: number[] = [];
  for (const { from, to } of ranges) {
    const first = Number((await context.evaluate(from)).text);
    const last = to === null ? first : Number((await context.evaluate(to)).text);
    for (let n = first; n <= last; n += 1) numbers.push(n);
  }
  return numbers;
}
