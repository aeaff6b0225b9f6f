import { toSluiceError } from '../../../core/errors.js';
import { displayName } from '../../../core/names.js';
import type { StageRef } from '../../contract/full-sync.js';
import { param } from '../param.js';
import { quoteQualified } from '../sql/quote.js';
import { SAY } from './sql/state-sql.js';
import type { TargetSessions } from './target-context.js';
import { inTarget } from './target-context.js';

const LOCK_WAIT_MS = 3_000;

/**
 * After a SWITCH the table's statistics still describe the rows that went: they stay with the
 * table, and no row was modified, so the server does not update them by itself. (Rows that are
 * merged or inserted are counted by it, and indexes of a new table were built over its rows.)
 *
 * Done once the rows are visible, outside of the cut-over: its lock on the table's schema would
 * keep readers out while rows are sampled, whereas UPDATE STATISTICS itself holds back only changes
 * of the table's definition. The default sample, because a whole scan of a large table costs more
 * than better plans give. Plans without it are slow, not wrong: a failure is said, and not more.
 */
export async function refreshStatistics(context: TargetSessions, stage: StageRef): Promise<void> {
  const { schema, table } = stage.target;
  const update = `UPDATE STATISTICS ${quoteQualified(schema, table)}`;
  try {
    await context.pool.use(async (session) => {
      await session.batch(`SET LOCK_TIMEOUT ${LOCK_WAIT_MS};`);
      await session.batch(`${update};`);
    });
  } catch (error) {
    const why = toSluiceError(error).message;
    const message = `The statistics of ${displayName(stage.target)} are those of its former rows: ${why} Run: ${update}`;
    await inTarget(context, async (query) =>
      query(SAY, [
        param.bigint('table', stage.tableId),
        param.nvarchar('level', 'warning'),
        param.nvarchar('kind', 'statistics'),
        param.nvarchar('message', message),
      ]),
    );
  }
}
