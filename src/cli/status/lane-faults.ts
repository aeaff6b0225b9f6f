import type { SluiceClient } from '../../client.js';
import { SluiceError } from '../../core/errors.js';
import { laneId } from '../../core/ids.js';
import type { LaneRow } from '../../state/store.js';

type Asked = Pick<SluiceClient, 'query'>;

/** What the workflows of lanes wait for after a failure, by the id of the lane. */
export async function laneFaults(
  client: Asked,
  lanes: readonly Pick<LaneRow, 'laneId' | 'pipeline' | 'target' | 'n'>[],
): Promise<ReadonlyMap<string, string>> {
  const faults = new Map<string, string>();
  for (const lane of lanes) {
    const fault = await faultOf(client, laneId(lane));
    if (fault !== null) faults.set(lane.laneId, fault);
  }
  return faults;
}

/** What a workflow waits for after a failure; one that is not there or busy has nothing to say. */
export async function faultOf(client: Asked, workflowId: string): Promise<string | null> {
  try {
    const answer = await client.query(workflowId);
    if (typeof answer !== 'object' || answer === null) return null;
    const fault: unknown = Reflect.get(answer, 'fault');
    return typeof fault === 'string' ? fault : null;
  } catch (thrown) {
    if (thrown instanceof SluiceError) return null;
    throw thrown;
  }
}
