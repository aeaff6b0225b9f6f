import { z } from 'zod';
import type { CompareOptions } from '../../contract/schema.js';
import type { MsTable } from '../catalog/model.js';

/** The source's columns by number as they were when the target last matched them. */
export type KnownColumns = ReadonlyMap<number, string>;

const definitionSchema = z.object({
  id: z.number(),
  created: z.string(),
  columns: z.array(z.tuple([z.number(), z.string()])),
});

/** What sluice.owned keeps as the definition of a table: the source's columns by number. */
export function tableDefinition(table: MsTable): string {
  const { id, created, columns } = table.parts;
  return JSON.stringify({
    id,
    created,
    columns: columns.map((column) => [column.id, column.name]),
  });
}

/**
 * The columns as recorded; none when nothing is recorded or the source table was made anew. A table
 * of another engine has no numbers that stay, and its renames are told by the watch alone.
 */
export function knownColumns(definition: string | null, table: MsTable): KnownColumns {
  const { id, created } = table.parts;
  if (definition === null || id === 0) return new Map();
  const parsed = definitionSchema.safeParse(parseJson(definition));
  if (!parsed.success) return new Map();
  const isSame = parsed.data.id === id && parsed.data.created === created;
  return isSame ? new Map(parsed.data.columns) : new Map();
}

/** What the watch has seen to be renamed or dropped counts too, whatever is recorded. */
export function withChanges(
  known: KnownColumns,
  table: MsTable,
  changes: Pick<CompareOptions, 'renamed' | 'dropped'>,
): KnownColumns {
  const all = new Map(known);
  for (const { from, to } of changes.renamed ?? []) {
    const column = table.column(to);
    if (column !== undefined) all.set(column.id, from);
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
