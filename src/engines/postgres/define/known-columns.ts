import { z } from 'zod';
import type { TableName } from '../../../core/names.js';
import type { CompareOptions } from '../../contract/schema.js';
import type { PgTable } from '../catalog/model.js';
import type { KnownColumns } from './compare-tables.js';
import type { TableRule } from './table-rules.js';
import { rulesOf } from './table-rules.js';

const rule = z.object({
  kind: z.enum(['constraint', 'index']),
  name: z.string(),
  text: z.string(),
});
const definitionSchema = z.object({
  oid: z.string(),
  columns: z.array(z.tuple([z.number(), z.string()])),
  rules: z.array(rule).default([]),
});

/**
 * What sluice.owned keeps as the definition of a table: the source's columns by attnum, and what it
 * had that may refuse a row.
 */
export function tableDefinition(table: PgTable, target: TableName): string {
  const { oid, columns } = table.root;
  return JSON.stringify({
    oid,
    columns: columns.map(({ attnum, name }) => [attnum, name]),
    rules: rulesOf(table, target),
  });
}

/** The rules as recorded, also of a source table that was made anew since. */
export function knownRules(definition: string | null): readonly TableRule[] {
  const parsed = definitionSchema.safeParse(parseJson(definition ?? ''));
  return parsed.success ? parsed.data.rules : [];
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
