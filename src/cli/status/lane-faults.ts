import { z } from 'zod';
import type { SluiceClient } from '../../client.js';
import { SluiceError } from '../../core/errors.js';
import { laneId } from '../../core/ids.js';
import type { LaneRow } from '../../state/store.js';
import type { Trouble } from './facts.js';

/** Workflows that are asked at a time: there may be one for each table. */
const AT_ONCE = 20;

type Asked = Pick<SluiceClient, 'query'>;

/** What the workflows of lanes wait for after a failure, by the id of the lane. */
export async function laneFaults(
  client: Asked,
  lanes: readonly Pick<LaneRow, 'laneId' | 'pipeline' | 'target' | 'n'>[],
): Promise<ReadonlyMap<string, string>> {
  const faults = new Map<string, string>();
  for (let at = 0; at < lanes.length; at += AT_ONCE) {
    const some = lanes.slice(at, at + AT_ONCE).map(async (lane) => {
      const fault = await faultOf(client, laneId(lane));
      if (fault !== null) faults.set(lane.laneId, fault);
    });
    await Promise.all(some);
  }
  return faults;
}

/** What a workflow waits for after a failure; one that is not there or busy has nothing to say. */
export async function faultOf(client: Asked, workflowId: string): Promise<string | null> {
  return (await answerOf(client, workflowId)).fault ?? null;
}

/** The same of a pipeline, and what its watch cannot look after while all else goes on. */
export async function pipelineFaults(
  client: Asked,
  workflowId: string,
): Promise<{ fault: string | null; unattended: readonly Trouble[] }> {
  const { fault = null, trouble = [], targets = [] } = await answerOf(client, workflowId);
  const away = targets.flatMap(({ target, away: why }) =>
    why == null ? [] : [notLookedAfter(`The target ${target}`, why)],
  );
  const more = trouble.map((text) => notLookedAfter('Something', text));
  return { fault, unattended: [...away, ...more] };
}

function notLookedAfter(what: string, why: string): Trouble {
  return {
    code: 'pipeline.unattended',
    message: `${what} cannot be looked after just now: ${why}`,
    remedy: 'Mend the cause; it is tried again by itself.',
  };
}

/** Workflows of another release may say less. */
const answerSchema = z.object({
  fault: z.string().nullish(),
  trouble: z.array(z.string()).optional(),
  targets: z.array(z.object({ target: z.string(), away: z.string().nullish() })).optional(),
});

async function answerOf(client: Asked, workflowId: string): Promise<z.infer<typeof answerSchema>> {
  try {
    return answerSchema.safeParse(await client.query(workflowId)).data ?? {};
  } catch (thrown) {
    if (thrown instanceof SluiceError) return {};
    throw thrown;
  }
}
