import type { StateScene } from '../../contract/state-scene.js';
import { openScene } from '../full-sync/fixture.js';

export async function openStateScene(version: '14' | '18', label: string): Promise<StateScene> {
  const { state, target, close } = await openScene(version, label);
  const whileLocked = async (sql: string, id: string, work: () => Promise<void>) => {
    const locker = await target.connect();
    await locker.query('begin');
    try {
      await locker.query(sql, [id]);
      await work();
    } finally {
      await locker.query('rollback');
    }
  };
  return {
    state,
    sql: async (statement) => target.query(statement),
    whileLaneIsLocked: async (laneId, work) =>
      whileLocked('select from sluice.lane where lane_id = $1 for update', laneId, work),
    whileLedgerIsLocked: async (tableId, work) =>
      whileLocked('select from sluice.chunk where table_id = $1 for update', tableId, work),
    close,
  };
}
