/** A pipeline that no row of the control tables declares any more: stopped, and its tables detached. */
import { SluiceError } from '../../core/errors.js';
import type { SluiceClient } from '../../client.js';
import { lanesToAwait } from '../../session/lanes-to-await.js';
import { PipelineSession } from '../../session/pipeline-session.js';
import { isAway } from '../../session/reconcile.js';
import { detachTable } from './detach-table.js';
import type { FollowDependencies } from './follow-control-tables.js';

export type PipelineControl = Pick<
  SluiceClient,
  'pipelineState' | 'laneState' | 'startPipeline' | 'commandPipeline'
>;

/**
 * One step at a time, to be called until it says true. Positions and rows stay, so that a mapping
 * which comes back begins with a new copy beside them, and another pipeline may take the tables over.
 */
export async function letGo(deps: FollowDependencies, pipeline: string): Promise<boolean> {
  const { running } = await deps.client.pipelineState(pipeline);
  if (running) {
    await stop(deps, pipeline);
    return false;
  }
  return PipelineSession.use(deps.session, pipeline, 'detach', async (session) => {
    if (await lanesRun(deps, session)) return false;
    for (const target of session.targetNames) await detachAll(session, target);
    deps.session.memory?.delete(pipeline);
    return true;
  });
}

async function stop({ client }: FollowDependencies, pipeline: string): Promise<void> {
  try {
    await client.commandPipeline(pipeline, 'stop', {
      by: 'control tables',
      reason: 'the last mapping of it was removed',
    });
  } catch (error) {
    // Another worker was first.
    if (!(error instanceof SluiceError) || error.code !== 'WORKFLOW_UNKNOWN') throw error;
  }
}

async function lanesRun(
  { client }: FollowDependencies,
  session: PipelineSession,
): Promise<boolean> {
  for (const lane of await lanesToAwait(session, session.targetNames)) {
    if ((await client.laneState(lane)).running) return true;
  }
  return false;
}

async function detachAll(session: PipelineSession, name: string): Promise<void> {
  const target = await session.target(name);
  if ((await target.state.history.version()) === 0) return;
  const rows = await target.state.tables.list(session.pipeline);
  for (const row of rows.filter((one) => one.target === name && one.phase !== 'detached')) {
    const reason = 'its last mapping was removed';
    await target.state.tables.setWanted(row.tableId, 'detach', 'configuration', reason);
    try {
      await detachTable(session, target, row);
    } catch (thrown) {
      // The server may have left with its mappings; what stays in its feed is read by nobody.
      if (!isAway(thrown) && !isGone(thrown)) throw thrown;
      await target.state.tables.setPhase(row.tableId, 'detached', reason);
    }
  }
}

function isGone(thrown: unknown): boolean {
  return thrown instanceof SluiceError && thrown.code === 'SECRET_MISSING';
}
