import type { CommandRow } from '../../../state/store.js';
import { forcedLoad, type ForcedRecord } from '../../contract/forced-load.js';
import { param } from '../param.js';
import type { Query } from '../sql-session.js';

/** The load that it asked for is done. */
const CLEAR = `
update sluice.table_state with (readpast, rowlock)
   set force_full_load = 0, force_epoch = null, forced_at = null
 where pipeline = @pipeline and force_full_load = 1 and force_epoch < epoch
   and phase = N'streaming'`;

/** Asked for once; again when nothing came of it, as a worker may die with the word. */
const ASKED = `
select t.table_id as id, t.epoch, t.source_schema, t.source_table
  from sluice.table_state t with (updlock, readpast, rowlock)
 where t.pipeline = @pipeline and t.force_full_load = 1 and t.wanted <> N'detach'
   and (t.force_epoch is null
        or (t.force_epoch = t.epoch and t.forced_at < dateadd(minute, -10, sysutcdatetime())))`;

const TAKE_ONE = `
update sluice.table_state set force_epoch = epoch, forced_at = sysutcdatetime() where table_id = @id`;

type Row = ForcedRecord & Record<string, unknown>;

/** Tables whose `force_full_load` a person has set, each as a command for a new copy. */
export async function takeForcedLoads(query: Query, pipeline: string): Promise<CommandRow[]> {
  const of = [param.nvarchar('pipeline', pipeline)];
  await query(CLEAR, of);
  const rows = await query<Row>(ASKED, of);
  for (const { id } of rows) await query(TAKE_ONE, [param.bigint('id', id)]);
  return rows.map((row) => forcedLoad(pipeline, row));
}
