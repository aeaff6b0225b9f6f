/** Every step locks the lane's row before that of a table, so that no two wait for each other. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectMs } from '../../../../src/engines/sqlserver/connect.js';
import { lockLaneOf } from '../../../../src/engines/sqlserver/state/table-flags.js';
import { LOCK_TABLE } from '../../../../src/engines/sqlserver/full-sync/sql/state-sql.js';
import { param } from '../../../../src/engines/sqlserver/sql-session.js';
import type { LaneScene } from './support.js';
import { openLane } from './support.js';
import { patient } from '../../../support/wait-for.js';

const WAIT_MS = patient(5_000);

let scene: LaneScene;
beforeAll(async () => {
  scene = await openLane('order');
});
afterAll(async () => scene.close());

it('a table is set aside in the order in which a cut-over locks', async () => {
  await scene.createTables('create table dbo.t (id int not null primary key)', ['t']);
  const tableId = await scene.tableId('t');
  const writer = await scene.claim();
  const cutOver = await connectMs(scene.connection, 'target');
  try {
    let setAside: Promise<void> | undefined;
    await cutOver.transaction(async (query) => {
      await lockLaneOf(query, tableId, WAIT_MS);
      setAside = writer.setAside({ tableId, code: 'ROW_REJECTED', message: 'A row was refused.' });
      await waitingFor(scene, 'set aside');
      await cutOver.batch(`set lock_timeout ${String(WAIT_MS)}`);
      const rows = await query(LOCK_TABLE, [param.bigint('table', tableId)]);
      expect(rows).toHaveLength(1);
    });
    await setAside;
    const states = await scene.sql('select phase from sluice.table_state');
    expect(states).toEqual([{ phase: 'quarantined' }]);
  } finally {
    await cutOver.close();
  }
});

/** Until a session of the lane's writer has sent a statement that is not answered. */
async function waitingFor(of: LaneScene, what: string): Promise<void> {
  const deadline = Date.now() + WAIT_MS;
  for (;;) {
    const [row] = await of.sql(`
select count(*) as n from sys.dm_exec_sessions s join sluice.lane l on l.owner_session = s.session_id
 where s.status = 'running'`);
    if (row?.n === 1) return;
    if (Date.now() > deadline) throw new Error(`Nothing waits: ${what}.`);
  }
}
