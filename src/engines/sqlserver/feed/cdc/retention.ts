import { z } from 'zod';
import type { Query } from '../../sql-session.js';
import { unlessHidden } from '../../unless-hidden.js';
import { READ_RETENTION } from './sql/retention-sql.js';

const ROW = z.object({ minutes: z.coerce.number().nullable() });

/** How long the change tables keep a change; null: no clean-up, or this login cannot tell. */
export async function readRetentionSeconds(query: Query): Promise<number | null> {
  const rows = await unlessHidden(() => query(READ_RETENTION));
  const [row] = rows ?? [];
  if (row === undefined) return null;
  const { minutes } = ROW.parse(row);
  return minutes === null ? null : minutes * 60;
}
