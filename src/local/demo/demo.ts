/** The demo as a story: every step by its name. */
import { SluiceClient } from '../../client.js';
import { temporalSettings } from '../../client/connection-options.js';
import { showChanges } from './arrivals.js';
import { crashAndResume } from './crash.js';
import { compareSides } from './equality.js';
import { runFirstCopy } from './first-copy.js';
import { DATABASE, writePipelineConfig } from './pipeline-config.js';
import type { PipelineConfig } from './pipeline-config.js';
import { loadSample } from './sample.js';
import type { Screen } from './screen.js';
import { startServers } from './servers.js';
import type { Servers } from './servers.js';
import { SqlClient } from './sql-client.js';
import { showComparison, showNext, showTimings } from './summary.js';
import type { Timing } from './summary.js';
import { took } from './text.js';
import { verify } from './verification.js';
import { DemoWorker } from './worker.js';
import type { Workspace } from './workspace.js';

export const STEPS = 8;

export interface DemoResult {
  readonly servers: Servers;
  readonly config: PipelineConfig;
}

/** Returns when both sides are equal; throws at the first step that fails. */
export async function runDemo(screen: Screen, workspace: Workspace): Promise<DemoResult> {
  const timings: Timing[] = [];
  const timed = async <T>(step: string, title: string, work: () => Promise<T>): Promise<T> => {
    screen.step(title);
    const began = Date.now();
    const result = await work();
    timings.push({ step, ms: Date.now() - began });
    return result;
  };
  const servers = await timed('servers', 'Servers on this machine', () =>
    startServers(screen, workspace),
  );
  const source = await open(workspace, servers.source.url(DATABASE));
  const target = await open(workspace, servers.target.url(DATABASE));
  await timed('sample', 'A sample company on the source', () => loadSample(screen, source));

  const config = await writePipelineConfig(servers, workspace);
  const worker = new DemoWorker(config, workspace);
  await timed('worker', 'A worker', async () => {
    const began = Date.now();
    const pid = await worker.start();
    screen.done(`Worker ${String(pid)} is ready after ${took(Date.now() - began)}`);
  });
  const client = await SluiceClient.connect(temporalSettings(config.env));
  workspace.later(() => client.close());
  const watched = { screen, target, client };
  await timed('copy', 'The pipeline fills the empty target', () => runFirstCopy(watched));
  await timed('changes', 'Rows change on the source and arrive', () =>
    showChanges(screen, source, target),
  );
  await timed('verification', 'Sluice verifies both sides', () => verify(screen, client, target));
  await timed('crash', 'The worker is killed in the middle of a resync', () =>
    crashAndResume({ ...watched, source, worker }),
  );
  await timed('comparison', 'Both sides compared row by row, with plain SQL', async () => {
    showComparison(screen, await compareSides(source, target));
  });
  screen.say();
  showTimings(screen, timings);
  showNext(screen);
  return { servers, config };
}

async function open(workspace: Workspace, url: string): Promise<SqlClient> {
  const client = await SqlClient.connect(url, 'sluice demo');
  workspace.later(() => client.close());
  return client;
}
