import { SluiceError } from '../../../core/errors.js';
import { displayName, type TableName } from '../../../core/names.js';
import type { StageRef } from '../../contract/full-sync.js';
import type { TableModel } from '../../contract/schema.js';
import type { Watermark, WatermarkTarget } from '../../contract/watermark.js';
import { readTargetTable } from '../apply/target-table.js';
import { beginTable } from '../full-sync/target-context.js';
import type { Query, SessionPool } from '../sql-session.js';
import { param } from '../sql-session.js';
import { cellOf } from '../types/cell-of.js';
import { isRaw } from '../types/neutral-of.js';
import { readSql } from '../types/read-sql.js';
import { columnOf, upsertPage } from './upsert-page.js';
import { isMarked } from './upsert-sql.js';

const KEEP = `
update sluice.table_state
   set watermark = @watermark, updated_at = sysutcdatetime()
 where table_id = @table`;

/** Writing what was read by a watermark. The pool stays the caller's, who closes it. */
export function openWatermarkTarget(pool: SessionPool): WatermarkTarget {
  return {
    highest: async (_model, stage, column) =>
      pool.use(async (session) => highest(session.query, stage.target, column)),
    keep: async (stage, watermark) =>
      pool.use(async (session) =>
        session.transaction(async (query) => {
          await beginTable(query, stage);
          await keepWatermark(query, stage, watermark);
        }),
      ),
    upsert: async (model, stage, stream, watermark, options = {}) => {
      const key = requireKey(model);
      const { softDeleteColumn = null } = options;
      try {
        return await pool.use(async (session) =>
          upsertPage(session, { stage, stream, key, softDeleteColumn }, async (query) =>
            keepWatermark(query, stage, watermark),
          ),
        );
      } catch (error) {
        stream.bytes.destroy();
        throw error;
      }
    },
    removeMarked: async (stage, column) =>
      pool.use(async (session) => {
        const live = await readTargetTable(session.query, stage.target);
        const marked = isMarked('l', columnOf(live, column));
        return session.transaction(async (query) => {
          await beginTable(query, stage);
          const sql = `delete l from ${live.sql} l where ${marked};\nselect @@rowcount as n`;
          return (await query<{ n: number }>(sql))[0]?.n ?? 0;
        });
      }),
  };
}

async function keepWatermark(
  query: Query,
  stage: StageRef,
  watermark: Watermark | null,
): Promise<void> {
  await query(KEEP, [param.bigint('table', stage.tableId), param.nvarchar('watermark', watermark)]);
}

async function highest(query: Query, table: TableName, name: string): Promise<Watermark | null> {
  const live = await readTargetTable(query, table).catch((error: unknown) => {
    if (error instanceof SluiceError && error.code === 'TABLE_MISSING') return null;
    throw error;
  });
  if (live === null) return null;
  const { sql, type } = columnOf(live, name);
  const [row] = await query<{ value: unknown }>(
    `select top (1) ${readSql(type, `t.${sql}`)} as value
  from ${live.sql} t
 where t.${sql} is not null
 order by t.${sql} desc`,
  );
  const cell = row === undefined ? null : cellOf(type, name, 'sqlserver')(row.value);
  // Bytes (a row version) have no text of their own.
  return cell === null ? null : isRaw(type) ? `0x${cell.toString('hex')}` : cell.toString('utf8');
}

function requireKey(model: TableModel): readonly string[] {
  if (model.key !== null) return model.key;
  throw new SluiceError(
    'KEY_MISSING',
    `${displayName(model.name)} has no key, so a changed row cannot be found on the target.`,
    { remedy: 'Give it a primary key, set key: in its settings, or use mode: full.' },
  );
}
