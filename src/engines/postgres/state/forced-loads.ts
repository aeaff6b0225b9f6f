import type { CommandRow } from '../../../state/store.js';
import { forcedLoad, type ForcedRecord } from '../../contract/forced-load.js';
import type { StateSession } from './state-db.js';

/** The load that it asked for is done. */
const CLEAR = `
update sluice.table_state
   set force_full_load = false, force_epoch = null, forced_at = null
 where pipeline = $1 and force_full_load and force_epoch < epoch and phase = 'streaming'`;

/** Asked for once; again when nothing came of it, as a worker may die with the word. */
const TAKE = `
update sluice.table_state
   set force_epoch = epoch, forced_at = clock_timestamp()
 where pipeline = $1 and force_full_load and wanted <> 'detach'
   and (force_epoch is null
        or (force_epoch = epoch and forced_at < clock_timestamp() - interval '10 minutes'))
returning table_id as id, epoch, source_schema, source_table`;

type Row = ForcedRecord & Record<string, unknown>;

/** Tables whose `force_full_load` a person has set, each as a command for a new copy. */
export async function takeForcedLoads(
  session: StateSession,
  pipeline: string,
): Promise<CommandRow[]> {
  await session.rows(CLEAR, [pipeline]);
  const rows = await session.rows<Row>(TAKE, [pipeline]);
  return rows.map((row) => forcedLoad(pipeline, row));
}
