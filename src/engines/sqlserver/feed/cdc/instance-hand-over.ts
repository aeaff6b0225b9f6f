import { z } from 'zod';
import type { Query } from '../../sql-session.js';
import { param } from '../../sql-session.js';
import type { Instance } from './instances.js';
import { toLsn } from './lsn.js';
import type { Stretch } from './plan-reads.js';
import { READ_FIRST_DDL } from './sql/instances-sql.js';
import { writtenBetweenSql } from './sql/page-sql.js';

const DDL_ROW = z.object({ lsn: z.instanceof(Buffer).nullable() });
const WRITTEN_ROW = z.object({ written: z.number() });

/**
 * Where a stretch goes from an older instance of a table to a younger one: rows that were written
 * after the table had its new column and before the younger instance began came without the
 * column's value. Why the table needs a new copy then; null: nothing was written meanwhile.
 */
export async function lostAtHandOver(
  query: Query,
  instances: readonly Instance[],
  stretch: Stretch,
): Promise<string | null> {
  for (const [index, younger] of instances.entries()) {
    const older = instances[index - 1];
    const { start } = younger;
    if (older === undefined || start === null) continue;
    if (start <= stretch.from || start > stretch.to) continue;
    const [ddl] = await query(READ_FIRST_DDL, [
      param.int('id', older.id),
      param.varbinary('until', toLsn(start)),
    ]);
    const { lsn } = DDL_ROW.parse(ddl);
    if (lsn === null) continue;
    const [row] = await query(writtenBetweenSql(older.changeTable), [
      param.varbinary('from', lsn),
      param.varbinary('to', toLsn(start)),
    ]);
    if (WRITTEN_ROW.parse(row).written === 1) {
      return `rows were written after the table was altered and before ${younger.name} captured its new columns`;
    }
  }
  return null;
}
