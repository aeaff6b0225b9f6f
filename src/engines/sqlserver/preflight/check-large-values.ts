import { z } from 'zod';
import type { Finding } from '../../contract/schema.js';
import type { MayEnable } from '../catalog/feeds-of.js';
import { readRows } from '../catalog/read-rows.js';
import type { Query } from '../sql-session.js';
import type { Basics } from './basics.js';
import { finding } from './findings.js';
import { READ_LARGE_COLUMNS, READ_REPLICATED_SIZE } from './sql/large-values.js';

const sizeRow = z.object({ bytes: z.number() });
const tableRow = z.object({ schema: z.string(), table: z.string() });

const UNLIMITED = -1;
const SHOWN = 5;

/**
 * With Change Data Capture on a table, a write of a larger value fails for the source's own users
 * (7139; "Configure the max text repl size server configuration option"). Azure has no such limit
 * to set.
 */
export async function checkLargeValues(
  query: Query,
  { facts, cdc }: Basics,
  may: MayEnable,
): Promise<Finding[]> {
  if (facts.kind === 'azure database' || !(cdc || may.cdc)) return [];
  const [size] = await readRows(query, READ_REPLICATED_SIZE, sizeRow);
  if (size === undefined || size.bytes === UNLIMITED) return [];
  const tables = await readRows(query, READ_LARGE_COLUMNS, tableRow);
  if (tables.length === 0) return [];
  const shown = tables.slice(0, SHOWN).map(({ schema, table }) => `${schema}.${table}`);
  const names = `${shown.join(', ')}${tables.length > SHOWN ? ' and others' : ''}`;
  const message = `Where Change Data Capture is on, the server refuses writes of values above ${String(size.bytes)} bytes (max text repl size): that concerns ${names}.`;
  const remedy = "Run: EXEC sp_configure 'max text repl size', -1; RECONFIGURE";
  return [finding('warning', 'feed.max-text-repl-size', facts.server, message, remedy)];
}
