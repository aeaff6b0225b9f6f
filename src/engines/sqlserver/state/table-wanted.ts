import type { TableRow, Wanted } from '../../../state/store.js';
import { param } from '../param.js';
import type { StateDb } from './state-db.js';
import type { TableRecord } from './table-row.js';
import { TABLE_COLUMNS, TABLES, toTable } from './table-row.js';
import { valueRows } from './value-rows.js';

const SET_WANTED = `
update sluice.table_state
   set wanted = @wanted, wanted_seen = @wanted, wanted_by = @by, wanted_reason = @reason,
       attention = attention + 1, updated_at = sysutcdatetime()
 where table_id = @table`;

const raiseSql = (ids: string): string => `
update t
   set attention = t.attention + 1, updated_at = sysutcdatetime()
  from sluice.table_state t
  join ${ids} on id.table_id = t.table_id`;

const ID_COLUMNS = [{ name: 'table_id', type: 'bigint' }] as const;

/**
 * One UPDATE of what is wanted of a table, by a person or by the configuration, is seen here: its
 * workflow has to look. A trigger would do it at once, but OUTPUT then needs a detour everywhere.
 * The row of a table that a long step has locked is seen later: it must not hold up the others.
 */
const SEE_CHANGES = `
update sluice.table_state with (readpast, rowlock)
   set attention = attention + 1,
       wanted_by = case when wanted <> wanted_seen then N'SQL' else wanted_by end,
       wanted_reason = case when wanted <> wanted_seen then N'asked for in SQL'
                            else wanted_reason end,
       wanted_seen = wanted, enabled_seen = enabled, updated_at = sysutcdatetime()
 where pipeline = @pipeline and (wanted <> wanted_seen or enabled <> enabled_seen)`;

const NEEDING_ATTENTION = `
select top (200) ${TABLE_COLUMNS} ${TABLES}
 where t.pipeline = @pipeline and t.attention > t.attention_seen
 order by t.table_id`;

export async function setWanted(
  db: StateDb,
  tableId: string,
  wanted: Wanted,
  by: string,
  reason: string,
): Promise<void> {
  await db.query(SET_WANTED, [
    param.bigint('table', tableId),
    param.nvarchar('wanted', wanted),
    param.nvarchar('by', by),
    param.nvarchar('reason', reason),
  ]);
}

export async function raiseAttention(db: StateDb, tableIds: readonly string[]): Promise<void> {
  const rows = tableIds.map((id) => [id]);
  for (const { sql, params } of valueRows('id', ID_COLUMNS, rows)) {
    await db.query(raiseSql(sql), params);
  }
}

export async function needingAttention(
  db: StateDb,
  pipeline: string,
): Promise<readonly TableRow[]> {
  const params = [param.nvarchar('pipeline', pipeline)];
  await db.query(SEE_CHANGES, params);
  return (await db.query<TableRecord>(NEEDING_ATTENTION, params)).map(toTable);
}
