import { param } from '../param.js';
import type { Held } from '../../../state/store.js';
import type { StateDb } from './state-db.js';

const SET_PHASE = `
update sluice.table_state
   set phase = @phase, phase_since = sysutcdatetime(), updated_at = sysutcdatetime(),
       phase_before = case when @phase = N'quarantined' then phase else phase_before end
output inserted.table_id
 where table_id = @table and phase <> @phase`;

const RELEASE = `
update sluice.table_state
   set phase = @phase, phase_since = sysutcdatetime(), attention = attention + 1,
       fault_code = null, fault_message = null, fault_at = null, updated_at = sysutcdatetime()
output inserted.table_id
 where table_id = @table and phase = N'quarantined' and fault_code = @code and epoch = @epoch`;

const EVENT = `
insert into sluice.event (pipeline, target, table_id, kind, message)
select pipeline, target, table_id, N'phase', @phase + N': ' + @why
  from sluice.table_state
 where table_id = @table`;

/** The event is written with the phase, and only when the phase is another one. */
export async function setPhase(
  db: StateDb,
  tableId: string,
  phase: string,
  why: string,
): Promise<void> {
  const params = [param.bigint('table', tableId), param.nvarchar('phase', phase)];
  await db.transaction(async (query) => {
    const changed = await query(SET_PHASE, params);
    if (changed.length > 0) await query(EVENT, [...params, param.nvarchar('why', why)]);
  });
}

/** False when another fault or epoch came first. */
export async function releaseTable(
  db: StateDb,
  tableId: string,
  held: Held,
  { phase, why }: { readonly phase: string; readonly why: string },
): Promise<boolean> {
  const params = [param.bigint('table', tableId), param.nvarchar('phase', phase)];
  const asRead = [param.nvarchar('code', held.faultCode), param.bigint('epoch', held.epoch)];
  return db.transaction(async (query) => {
    const changed = await query(RELEASE, [...params, ...asRead]);
    if (changed.length > 0) await query(EVENT, [...params, param.nvarchar('why', why)]);
    return changed.length > 0;
  });
}
