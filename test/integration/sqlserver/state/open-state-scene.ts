import type { StateScene } from '../../contract/state-scene.js';
import { openTarget } from '../target-scene.js';

export async function openStateScene(label: string): Promise<StateScene> {
  const { state, sql, connect, close } = await openTarget(label);
  const whileLocked = async (statement: string, work: () => Promise<void>) => {
    const locker = await connect();
    await locker.transaction(async (query) => {
      await query(statement);
      await work();
    });
  };
  return {
    state,
    sql,
    whileLaneIsLocked: async (laneId, work) =>
      whileLocked(`select fence from sluice.lane with (updlock) where lane_id = ${laneId}`, work),
    whileLedgerIsLocked: async (tableId, work) =>
      whileLocked(`select n from sluice.chunk with (updlock) where table_id = ${tableId}`, work),
    close,
  };
}
