import type pg from 'pg';
import { SluiceError } from '../../../core/errors.js';
import { displayName, type TableName } from '../../../core/names.js';
import type { StageRef } from '../../contract/full-sync.js';
import type { TableModel } from '../../contract/schema.js';
import type { Watermark, WatermarkTarget } from '../../contract/watermark.js';
import { becomeReplicaInTransaction } from '../apply/replica-role.js';
import { readTargetTable } from '../apply/target-table.js';
import type { TargetSessions } from '../full-sync/target-context.js';
import {
  beginTable,
  inTarget,
  NO_STATEMENT_TIMEOUT,
  onTarget,
} from '../full-sync/target-context.js';
import { quoteIdent } from '../sql/quote.js';
import type { SessionPool } from '../state/session-pool.js';
import type { StateSession } from '../state/state-db.js';
import { columnOf, upsertPage } from './upsert-page.js';
import { isMarked } from './upsert-sql.js';

const EXISTS = `select to_regclass($1) is not null as there`;

const KEEP = `
update sluice.table_state
   set watermark = $2, updated_at = clock_timestamp()
 where table_id = $1`;

/**
 * Writing what was read by a watermark. The pool stays the caller's, who closes it.
 *
 * @param subject names the target in errors
 */
export function openWatermarkTarget(pool: SessionPool, subject: string): WatermarkTarget {
  const target: TargetSessions = { pool, subject };
  return {
    highest: async (_model, stage, column) =>
      onTarget(target, async (client) => highest(client, stage.target, column)),
    keep: async (stage, watermark) =>
      inTarget(target, async (session) => {
        await beginTable(session, stage);
        await keepWatermark(session, stage, watermark);
      }),
    upsert: async (model, stage, stream, watermark, options = {}) => {
      const key = requireKey(model);
      const { softDeleteColumn = null } = options;
      try {
        return await inTarget(target, async (session, client) => {
          const page = { stage, stream, key, softDeleteColumn };
          const counts = await upsertPage(session, client, page);
          await keepWatermark(session, stage, watermark);
          return counts;
        });
      } catch (error) {
        stream.bytes.destroy();
        throw error;
      }
    },
    removeMarked: async (stage, column) =>
      inTarget(target, async (session, client) => {
        await session.rows(NO_STATEMENT_TIMEOUT);
        await beginTable(session, stage);
        await becomeReplicaInTransaction(session);
        const live = await readTargetTable(client, stage.target);
        const marked = isMarked('l', columnOf(live, column));
        return (await client.query(`delete from ${live.own} l where ${marked}`)).rowCount ?? 0;
      }),
  };
}

async function keepWatermark(
  session: StateSession,
  stage: StageRef,
  watermark: Watermark | null,
): Promise<void> {
  await session.rows(KEEP, [stage.tableId, watermark]);
}

async function highest(
  client: pg.Client,
  table: TableName,
  column: string,
): Promise<Watermark | null> {
  const name = `${quoteIdent(table.schema)}.${quoteIdent(table.table)}`;
  const { rows } = await client.query<{ there: boolean }>(EXISTS, [name]);
  if (rows[0]?.there !== true) return null;
  const live = await readTargetTable(client, table);
  const { sql } = columnOf(live, column);
  const found = await client.query<{ value: string }>(
    `select ${sql}::text as value from ${live.own} where ${sql} is not null order by ${sql} desc limit 1`,
  );
  return found.rows[0]?.value ?? null;
}

function requireKey(model: TableModel): readonly string[] {
  if (model.key !== null) return model.key;
  throw new SluiceError(
    'KEY_MISSING',
    `${displayName(model.name)} has no key, so a changed row cannot be found on the target.`,
    { remedy: 'Give it a primary key, set key: in its settings, or use mode: full.' },
  );
}
