/**
 * $PARTITION. Needed by test/conformance/sqlserver/partitions: "with RANGE RIGHT belongs to the
 * partition on its right".
 */
import type { MsType } from '../../backend.js';
import { SqlError } from '../../backend.js';
import type { SessionContext } from '../../engine/catalog-seam.js';
import type { Printed } from '../../engine/print/printed.js';
import { INT } from '../../engine/types/ms-types.js';
import { boundarySql, functionByName } from './rows.js';

/** $PARTITION: 1 plus the boundaries that lie before the value; NULL is in the first partition. */
export async function partitionNumber(
  context: SessionContext,
  name: string,
): Promise<{ readonly type: MsType; readonly number: (value: Printed) => Printed }> {
  const fn = await functionByName(context, context.database.id, name);
  if (fn === undefined) {
    throw new SqlError(208, `Invalid object name '${name}'.`, { state: 72 });
  }
  const { type, isRight } = fn;
  const boundaries = fn.values.map((value) => `(${boundarySql(fn, value)})`).join(', ');
  const number = ({ sql }: Printed): Printed => {
    const key = type.name === 'datetimeoffset' ? `left(${sql}, 27)` : sql;
    const counted =
      boundaries === ''
        ? '1'
        : `(SELECT 1 + count(*)::integer FROM (VALUES ${boundaries}) AS b (k) WHERE ${key} ${isRight ? '>=' : '>'} b.k)`;
    return { sql: counted, type: INT, nullable: false };
  };
  return { type, number };
}
