import type { SqlSession } from '../sql-session.js';
import { targetOfComment, targetOfSlot } from './feed-names.js';
import { READ_OURS } from './feed-sql.js';

/** Targets of a pipeline that have a slot or a publication of ours in this database, by name. */
export async function feedTargets(session: SqlSession, pipeline: string): Promise<string[]> {
  const rows = await session.query<{ slot: string | null; comment: string | null }>(READ_OURS);
  const targets = rows.map(({ slot, comment }) =>
    slot === null ? targetOfComment(pipeline, comment ?? '') : targetOfSlot(pipeline, slot),
  );
  return [...new Set(targets.filter((target) => target !== null))].sort();
}
