import { z } from 'zod';
import type { TableName } from '../../../core/names.js';
import type { Query } from '../sql-session.js';
import { unlessHidden } from '../unless-hidden.js';
import { readRows } from './read-rows.js';
import { OFFERED_NAMES, TABLE_NAMES } from './sql/table-names.js';

const nameRow = z.object({ schema: z.string(), table: z.string() });

/** The tables that readTables would list, for a look every few seconds. */
export async function readTableNames(query: Query): Promise<TableName[]> {
  return readRows(query, TABLE_NAMES, nameRow);
}

/** Tables on which somebody switched on Change Tracking, as far as server and login show them. */
export async function readOfferedTables(query: Query): Promise<TableName[]> {
  return (await unlessHidden(() => readRows(query, OFFERED_NAMES, nameRow))) ?? [];
}
