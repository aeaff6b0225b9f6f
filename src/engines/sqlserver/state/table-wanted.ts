import type { TableRow, Wanted } from '../../../state/store.js';
import { param } from '../param.js';
import type { StateDb } from './state-db.js';
import { assertSoleOwner, lockOwners } from './target-owner.js';
import type { TableRecord } from './table-row.js';
import { TABLE_COLUMNS, TABLES, toTable } from './table-row.js';
import { valueRows } from './value-rows.js';

const SET_WANTED = `
update sluice.table_state
   set wanted = @wanted, wanted_seen = @wanted, wanted_by = @by, wanted_reason = @reason,
       attention = attention + 1, updated_at = sysutcdatetime()
output inserted.table_id
 where table_id = @table`;

/** Whatever does not make anybody the owner of a place in the target. */
const STAYS_ITS_OWNER = `
   and (wanted <> N'detach' or @wanted = N'detach')`;

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

/** Detached until now, and asked for in SQL. */
const COMING_BACK = `
select top (1) table_id from sluice.table_state
 where pipeline = @pipeline and wanted <> N'detach' and wanted_seen = N'detach'`;

/** Those whose place in the target another table has by now stay what they were, and say why. */
const GIVE_BACK = `
update t
   set wanted = N'detach', wanted_by = N'SQL', attention = t.attention + 1,
       wanted_reason = N'asked for in SQL, but its target table belongs to pipeline ' + o.pipeline,
       updated_at = sysutcdatetime()
  from sluice.table_state t
  join sluice.table_state o
    on o.target_schema = t.target_schema and o.target_table = t.target_table
   and o.table_id <> t.table_id
 where t.pipeline = @pipeline and t.wanted <> N'detach' and t.wanted_seen = N'detach'
   and o.wanted <> N'detach' and (o.wanted_seen <> N'detach' or o.table_id < t.table_id)`;

const NEEDING_ATTENTION = `
select top (200) ${TABLE_COLUMNS} ${TABLES}
 where t.pipeline = @pipeline and t.attention > t.attention_seen
 order by t.table_id`;

/** @throws SluiceError TARGET_OWNED when its place in the target is another one's by now */
export async function setWanted(
  db: StateDb,
  tableId: string,
  wanted: Wanted,
  by: string,
  reason: string,
): Promise<void> {
  const params = [
    param.bigint('table', tableId),
    param.nvarchar('wanted', wanted),
    param.nvarchar('by', by),
    param.nvarchar('reason', reason),
  ];
  if ((await db.query(`${SET_WANTED}${STAYS_ITS_OWNER}`, params)).length > 0) return;
  await db.transaction(async (query) => {
    await lockOwners(query);
    await query(SET_WANTED, params);
    await assertSoleOwner(query, 'and t.table_id = @table', params.slice(0, 1));
  });
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
  if ((await db.query(COMING_BACK, params)).length > 0) {
    await db.transaction(async (query) => {
      await lockOwners(query);
      await query(GIVE_BACK, params);
    });
  }
  await db.query(SEE_CHANGES, params);
  return (await db.query<TableRecord>(NEEDING_ATTENTION, params)).map(toTable);
}
