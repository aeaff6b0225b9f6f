/**
 * The rows of the source all belong into the target's partition: shown by ranges, never by looking.
 * Needed by test/conformance/sqlserver/partitions: "is refused without a CHECK that proves the
 * range".
 */
import { SqlError } from '../../backend.js';
import type { SessionContext } from '../../engine/catalog-seam.js';
import { parseCondition } from '../../tsql/batch.js';
import { compareBounds, intervalOf, isInterval } from './intervals.js';
import type { Interval } from './intervals.js';
import type { FunctionRow } from './rows.js';
import { checksOf } from './checks-of.js';
import type { CheckRow } from './checks-of.js';
import type { Side } from './switch.js';

export async function checkRange(
  context: SessionContext,
  source: Side,
  target: Side,
): Promise<void> {
  if (target.fn === null) return;
  if (source.fn !== null) {
    samePartitioning(source, target);
    const inside = await contains(
      context,
      target.fn,
      partitionRange(target),
      partitionRange(source),
    );
    if (inside) return;
    throw new SqlError(
      4973,
      `ALTER TABLE SWITCH statement failed. Range defined by partition ${String(source.number)} in table '${source.name}' is not a subset of range defined by partition ${String(target.number)} in table '${target.name}'.`,
    );
  }
  const proven = await provenRange(context, source, target);
  if (await contains(context, target.fn, partitionRange(target), proven)) return;
  throw new SqlError(
    4982,
    `ALTER TABLE SWITCH statement failed. Check constraints of source table '${source.name}' allow values that are not allowed by range defined by partition ${String(target.number)} on target table '${target.name}'.`,
  );
}

function samePartitioning(source: Side, target: Side): void {
  if (source.partitions.columnId === target.partitions.columnId) return;
  throw new SqlError(
    4953,
    `ALTER TABLE SWITCH statement failed. The columns set used to partition the table '${source.name}' is different from the column set used to partition the table '${target.name}'.`,
  );
}

/** Of a partition; the first one holds the NULLs. */
function partitionRange({ fn, number }: Side): Interval {
  const values = fn?.values ?? [];
  const isRight = fn?.isRight === true;
  const low = values[number - 2];
  const high = values[number - 1];
  return {
    low: low === undefined ? null : { value: low, inclusive: isRight },
    high: high === undefined ? null : { value: high, inclusive: !isRight },
    nulls: number === 1,
  };
}

/** From the trusted checks on the partitioning column, and from NOT NULL. */
async function provenRange(context: SessionContext, source: Side, target: Side): Promise<Interval> {
  const id = target.partitions.columnId;
  const index = target.table.columns.findIndex((column) => column.id === id);
  const column = source.table.columns[index];
  if (column === undefined || target.fn === null) throw new Error('both tables have the column');
  let range: Interval = { low: null, high: null, nulls: column.nullable };
  for (const check of await checksOf(context, source)) {
    if (check.disabled || check.notTrusted) continue;
    const condition = parseCondition(check.definition);
    range = await intervalOf(context, condition, column.name, target.fn, range);
  }
  return range;
}

/** Whether the range of the source's partition proves a check of the target by itself. */
export async function isImplied(
  context: SessionContext,
  source: Side,
  { definition }: CheckRow,
): Promise<boolean> {
  const { fn, partitions, table } = source;
  const column = table.columns.find(({ id }) => id === partitions.columnId);
  const condition = parseCondition(definition);
  if (fn === null || column === undefined || !isInterval(condition, column.name)) return false;
  const all: Interval = { low: null, high: null, nulls: true };
  const wanted = await intervalOf(context, condition, column.name, fn, all);
  const range = partitionRange(source);
  return contains(context, fn, wanted, { ...range, nulls: range.nulls && column.nullable });
}

async function contains(
  context: SessionContext,
  fn: FunctionRow,
  outer: Interval,
  inner: Interval,
): Promise<boolean> {
  if (inner.nulls && !outer.nulls) return false;
  if (outer.low !== null) {
    if (inner.low === null) return false;
    const order = await compareBounds(context, fn, outer.low, inner.low);
    if (order > 0) return false;
    if (order === 0 && inner.low.inclusive && !outer.low.inclusive) return false;
  }
  if (outer.high === null) return true;
  if (inner.high === null) return false;
  const order = await compareBounds(context, fn, inner.high, outer.high);
  return order < 0 || (order === 0 && (outer.high.inclusive || !inner.high.inclusive));
}
