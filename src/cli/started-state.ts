import { SluiceError } from '../core/errors.js';
import type { PipelineSession } from '../session/pipeline-session.js';
import type { StateStore } from '../state/store.js';

/** The `sluice` schema of a target; null while nothing was started there, database included. */
export async function startedState(
  session: PipelineSession,
  target: string,
): Promise<StateStore | null> {
  try {
    const { state } = await session.target(target);
    return (await state.history.version()) === 0 ? null : state;
  } catch (thrown) {
    const missing = thrown instanceof SluiceError && thrown.code === 'DATABASE_MISSING';
    if (missing && session.targetConfig(target).createDatabase) return null;
    throw thrown;
  }
}
