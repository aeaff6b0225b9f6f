import { z } from 'zod';
import type { TableMapping } from '../../contract/schema.js';
import { readRows } from '../catalog/read-rows.js';
import type { Query } from '../sql-session.js';
import { PRESENT_TABLES } from './sql/existing.js';

/** Those whose target table is there by now. */
export async function existingMappings(
  query: Query,
  mappings: readonly TableMapping[],
): Promise<TableMapping[]> {
  const row = z.object({ schema: z.string(), table: z.string() });
  const rows = await readRows(query, PRESENT_TABLES, row);
  const present = new Set(rows.map(({ schema, table }) => JSON.stringify([schema, table])));
  return mappings.filter(({ target }) =>
    present.has(JSON.stringify([target.schema, target.table])),
  );
}
