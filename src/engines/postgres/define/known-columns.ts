import { z } from 'zod';
import type { CompareOptions } from '../../contract/schema.js';
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

/** What the watch has seen to be renamed or dropped counts too, whatever is recorded. */
export function withChanges(
  known: KnownColumns,
  table: PgTable,
  changes: Pick<CompareOptions, 'renamed' | 'dropped'>,
): KnownColumns {
  const all = new Map(known);
  for (const { from, to } of changes.renamed ?? []) {
    const column = table.root.columns.find(({ name }) => name === to);
    if (column !== undefined) all.set(column.attnum, from);
  }
  // No column has such a number, so these are names that were there and are not any more.
  (changes.dropped ?? []).forEach((name, n) => all.set(-1 - n, name));
  return all;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
