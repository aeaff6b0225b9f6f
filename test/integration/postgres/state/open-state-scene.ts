import type { StateScene } from '../../contract/state-scene.js';
import { openScene } from '../full-sync/fixture.js';

export async function openStateScene(version: '14' | '18', label: string): Promise<StateScene> {
  const { state, target, close } = await openScene(version, label);
  return {
    state,
    sql: async (statement) => target.query(statement),
    whileLaneIsLocked: async (laneId, work) => {
      const lane = await target.connect();
      await lane.query('begin');
      await lane.query('select from sluice.lane where lane_id = $1 for update', [laneId]);
      await work();
      await lane.query('rollback');
    },
    close,
  };
}
