import { z } from 'zod';
import type { Finding } from '../../contract/schema.js';
import type { MayEnable } from '../catalog/feeds-of.js';
import { readRows } from '../catalog/read-rows.js';
import type { Query } from '../sql-session.js';
import { param } from '../sql-session.js';
import type { Basics } from './basics.js';
import { finding } from './findings.js';
import {
  READ_FOREIGN_COLLATIONS,
  READ_SWITCHED_CAPTURED,
  READ_SWITCHED_UNCAPTURED,
} from './sql/captured-tables.js';

const tableRow = z.object({ schema: z.string(), table: z.string() });
const columnRow = tableRow.extend({ column: z.string() });

const SHOWN = 5;

/** What Change Data Capture does not carry, or not as it is, of tables that it has or will have. */
export async function checkCapturedTables(
  query: Query,
  basics: Basics,
  may: MayEnable,
): Promise<Finding[]> {
  if (!basics.cdc && !may.cdc) return [];
  return [
    ...(await checkSwitch(query, basics, may)),
    ...(await checkCollations(query, basics, may)),
  ];
}

/**
 * sys.sp_cdc_enable_table: the rows that a SWITCH moves are never captured (warning 22855;
 * test/conformance/sqlserver/change-data-capture: "is allowed by default, and its rows are never captured").
 */
async function checkSwitch(query: Query, basics: Basics, may: MayEnable): Promise<Finding[]> {
  const captured = basics.cdc && basics.mayReadCdc;
  const asks = may.cdc && may.partitionSwitch !== false;
  const tables = [
    ...(captured ? await readRows(query, READ_SWITCHED_CAPTURED, tableRow) : []),
    ...(asks ? await readRows(query, READ_SWITCHED_UNCAPTURED, tableRow) : []),
  ];
  if (tables.length === 0) return [];
  const names = listed(tables.map(({ schema, table }) => `${schema}.${table}`));
  const message = `A partition that users SWITCH into or out of a table is not captured by Change Data Capture, so the target does not follow: that concerns ${names}.`;
  const remedy =
    'After a SWITCH run: sluice resync; or let the server refuse it: cdcPartitionSwitch: refuse in the source, for instances that Sluice makes from then on, or @allow_partition_switch = 0 for others.';
  return [finding('warning', 'feed.partition-switch', basics.facts.database, message, remedy)];
}

/** "Known issues and errors with CDC": such a text may arrive in the change table with other letters. */
async function checkCollations(query: Query, basics: Basics, may: MayEnable): Promise<Finding[]> {
  const all = [param.int('all', may.cdc ? 1 : 0)];
  const columns = await readRows(query, READ_FOREIGN_COLLATIONS, columnRow, all);
  if (columns.length === 0) return [];
  const names = listed(columns.map(({ schema, table, column }) => `${schema}.${table}.${column}`));
  const message = `Change Data Capture may change letters of char and varchar columns whose collation is not that of the database: ${names}.`;
  const remedy =
    'Follow these tables with mode: changeTracking, or make the columns nvarchar; sluice verify finds what differs.';
  return [finding('warning', 'feed.cdc-collation', basics.facts.database, message, remedy)];
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN).join(', ');
  return names.length > SHOWN ? `${shown} and others` : shown;
}
