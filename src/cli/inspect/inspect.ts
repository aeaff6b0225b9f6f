import type { PipelineSession } from '../../session/pipeline-session.js';
import { inspectSource } from './inspect-source.js';
import { inspectTarget } from './inspect-target.js';
import type { InspectedTarget, Inspection } from './inspection.js';

/** Look at both sides of a pipeline. Changes nothing; what cannot be reached becomes a finding. */
export async function inspectPipeline(
  session: PipelineSession,
  targetNames: readonly string[],
): Promise<Inspection> {
  const source = await inspectSource(session);
  const targets: InspectedTarget[] = [];
  for (const name of targetNames) {
    targets.push(
      await inspectTarget({
        session,
        name,
        sourceDatabase: source.database,
        tables: source.tables,
      }),
    );
  }
  return {
    pipeline: session.pipeline,
    source: { description: source.description, findings: source.findings },
    tables: source.tables,
    targets,
  };
}
