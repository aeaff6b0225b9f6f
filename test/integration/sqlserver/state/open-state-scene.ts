import type { StateScene } from '../../contract/state-scene.js';
import { openTarget } from '../target-scene.js';

export async function openStateScene(label: string): Promise<StateScene> {
  const { state, sql, connect, close } = await openTarget(label);
  return {
    state,
    sql,
    whileLaneIsLocked: async (laneId, work) => {
      const lane = await connect();
      await lane.transaction(async (query) => {
        await query(`select fence from sluice.lane with (updlock) where lane_id = ${laneId}`);
        await work();
      });
    },
    close,
  };
}
