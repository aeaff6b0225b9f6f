import { reasonToWait } from '../core/care.js';
import type { SourceDatabase } from '../engines/engine.js';
import type { PipelineSession } from './pipeline-session.js';

/** Asks the source what its care needs to know; null: copies may read now. */
export async function whyCopiesWait(
  session: PipelineSession,
  source: SourceDatabase,
): Promise<string | null> {
  const { loadQuery, maxReplicationLag, ...limits } = session.config.source.care;
  const load = loadQuery === undefined ? null : await source.care.load(loadQuery);
  const lag = maxReplicationLag === undefined ? null : await source.care.replicationLagMs();
  return reasonToWait(
    { ...limits, maxReplicationLag },
    { now: new Date(), load, replicationLagMs: lag },
  );
}
