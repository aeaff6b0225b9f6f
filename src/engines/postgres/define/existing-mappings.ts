import { z } from 'zod';
import type { TableMapping } from '../../contract/schema.js';
import { readRows } from '../catalog/read-rows.js';
import type { SqlSession } from '../sql-session.js';

const PRESENT_TABLES = `
select n.nspname::text as schema, c.relname::text as table
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
 where c.relkind in ('r', 'p')`;

/** Those whose target table is there by now. */
export async function existingMappings(
  session: SqlSession,
  mappings: readonly TableMapping[],
): Promise<TableMapping[]> {
  const row = z.object({ schema: z.string(), table: z.string() });
  const rows = await readRows(session.query, PRESENT_TABLES, row);
  const present = new Set(rows.map(({ schema, table }) => JSON.stringify([schema, table])));
  return mappings.filter(({ target }) =>
    present.has(JSON.stringify([target.schema, target.table])),
  );
}
