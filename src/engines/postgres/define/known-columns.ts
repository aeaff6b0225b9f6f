import { z } from 'zod';
import type { PgTable } from '../catalog/model.js';
import type { KnownColumns } from './compare-tables.js';

const definitionSchema = z.object({
  oid: z.string(),
  columns: z.array(z.tuple([z.number(), z.string()])),
});

/** What sluice.owned keeps as the definition of a table: the source's columns by attnum. */
export function tableDefinition(table: PgTable): string {
  const { oid, columns } = table.root;
  return JSON.stringify({ oid, columns: columns.map(({ attnum, name }) => [attnum, name]) });
}

/** The columns as recorded; none when nothing is recorded or the source table was made anew. */
export function knownColumns(definition: string | null, table: PgTable): KnownColumns {
  if (definition === null) return new Map();
  const parsed = definitionSchema.safeParse(parseJson(definition));
  if (!parsed.success || parsed.data.oid !== table.root.oid) return new Map();
  return new Map(parsed.data.columns);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
