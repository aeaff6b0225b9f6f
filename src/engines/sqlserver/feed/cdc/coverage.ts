import { z } from 'zod';
import type { Query } from '../../sql-session.js';
import { READ_UNCAPTURED } from './sql/instances-sql.js';

const ROW = z.object({ instanceId: z.number(), name: z.string() });

/** Columns of its table that each instance leaves out; instances that leave out none are not here. */
export async function readUncaptured(query: Query): Promise<Map<number, string[]>> {
  const missing = new Map<number, string[]>();
  for (const row of await query(READ_UNCAPTURED)) {
    const { instanceId, name } = ROW.parse(row);
    const names = missing.get(instanceId);
    if (names === undefined) missing.set(instanceId, [name]);
    else names.push(name);
  }
  return missing;
}
