import { z } from 'zod';
import type { Query } from '../../sql-session.js';
import { param } from '../../sql-session.js';
import type { ReadableTable } from './judge-tables.js';
import { changedSql } from './sql/changes-sql.js';

const ROW = z.object({ place: z.number() });
/** Tables that one statement looks at, so that its text stays short. */
const TABLES_PER_LOOK = 100;

/** Those that changed at all: most tables did not, most of the time. */
export async function changedTables(
  query: Query,
  tables: readonly ReadableTable[],
): Promise<ReadableTable[]> {
  const byStart = new Map<bigint, ReadableTable[]>();
  for (const table of tables) {
    const group = byStart.get(table.from);
    if (group === undefined) byStart.set(table.from, [table]);
    else group.push(table);
  }
  const changed: ReadableTable[] = [];
  for (const [from, group] of byStart) {
    for (let start = 0; start < group.length; start += TABLES_PER_LOOK) {
      const some = group.slice(start, start + TABLES_PER_LOOK);
      const sql = changedSql(some.map(({ table }) => table.name));
      const rows = await query(sql, [param.bigint('from', from)]);
      const places = new Set(rows.map((row) => ROW.parse(row).place));
      changed.push(...some.filter((_, place) => places.has(place)));
    }
  }
  return changed;
}
