import { z } from 'zod';
import type { TableName } from '../../../core/names.js';
import type { MsTable } from '../catalog/model.js';
import { flag, readRows } from '../catalog/read-rows.js';
import type { Query } from '../sql-session.js';
import type { TableDifference } from './compare-tables.js';
import { difference } from './compare-tables.js';
import { ENABLED_TRIGGERS } from './sql/existing.js';
import { tableParams } from './statement.js';

const triggerRow = z.object({ name: z.string(), insteadOf: flag });

/** What on a target table would bend or swallow the rows that are written to it. */
export async function compareWriting(
  query: Query,
  target: MsTable,
  name: TableName,
): Promise<TableDifference[]> {
  const triggers = await readRows(query, ENABLED_TRIGGERS, triggerRow, tableParams(name));
  return [
    ...triggers.map((trigger) => triggerDifference(trigger.name, trigger.insteadOf)),
    ...target.indexes.filter(({ ignoresDuplicates }) => ignoresDuplicates).map(swallows),
    ...(target.parts.traits.filtered ? [hidesRows(name)] : []),
  ];
}

function triggerDifference(name: string, insteadOf: boolean): TableDifference {
  const message = insteadOf
    ? `has the INSTEAD OF trigger ${name}, which would take the rows in place of the table.`
    : `has the trigger ${name}, which fires on every replicated row.`;
  return difference('writing', insteadOf ? 'fatal' : 'harmless', name, message);
}

function swallows({ name }: { readonly name: string }): TableDifference {
  const message = `has the index ${name} with IGNORE_DUP_KEY, which would drop rows without an error.`;
  return difference('writing', 'fatal', name, message);
}

function hidesRows(name: TableName): TableDifference {
  const message = 'has a security policy that hides rows from the login.';
  return difference('writing', 'fatal', name.table, message);
}
