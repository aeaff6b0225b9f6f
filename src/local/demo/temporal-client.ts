/** The demo's way to Temporal: the same client that every command uses. */
import { SluiceClient } from '../../client.js';
import { temporalSettings } from '../../client/connection-options.js';
import { PIPELINE, TARGET } from './pipeline-config.js';
import type { PipelineConfig } from './pipeline-config.js';
import type { TemporalPlace } from './servers.js';
import { until } from './until.js';
import type { Workspace } from './workspace.js';

export async function connectClient(
  config: PipelineConfig,
  temporal: TemporalPlace,
  workspace: Workspace,
): Promise<SluiceClient> {
  const client = await SluiceClient.connect(temporalSettings(config.env));
  workspace.later(() => client.close());
  // A service that somebody else runs outlives the demo; the demo's workflows must not.
  if (temporal.uiUrl === null) workspace.later(() => endPipeline(client));
  return client;
}

/** Needs the worker, which is the one that ends them. */
async function endPipeline(client: SluiceClient): Promise<void> {
  await client.commandPipeline(PIPELINE, 'stop', { by: 'demo', reason: 'the demo is over' });
  await until(
    'The end of the demo’s workflows',
    async () => {
      const states = await Promise.all([
        client.pipelineState(PIPELINE),
        client.laneState({ pipeline: PIPELINE, target: TARGET, n: 0 }),
        ...['employees', 'projects', 'tasks', 'events'].map((table) =>
          client.tableState({ pipeline: PIPELINE, target: TARGET, slug: `public.${table}` }),
        ),
      ]);
      return states.some((state) => state.running) ? null : true;
    },
    { timeoutMs: 20_000, everyMs: 250 },
  );
}
