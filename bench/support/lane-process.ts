/** The lane in a process of its own, as a worker runs it but without Temporal. Told by messages. */
import { z } from 'zod';
import { runLane } from '../../src/activities/lane/run-lane.js';
import { engines } from '../../src/engines/registry.js';
import { connectionTo, serverAddress } from './connection.js';

const job = z.object({
  source: serverAddress,
  sourceDb: z.string(),
  target: serverAddress,
  targetDb: z.string(),
  laneId: z.string(),
  pipeline: z.string(),
  targetName: z.string(),
});

export type LaneJob = z.infer<typeof job>;

let stopping: 'stop' | 'pause' | null = null;

async function main(given: LaneJob): Promise<void> {
  const [from, to] = [engines[given.source.engine], engines[given.target.engine]];
  if (from === undefined || to === undefined) throw new Error('There is no such engine.');
  const options = { applicationName: 'sluice bench' };
  const source = await from.openSource(connectionTo(given.source, given.sourceDb), options);
  const target = await to.openTarget(connectionTo(given.target, given.targetDb), {
    ...options,
    peer: () => Promise.resolve(source),
  });
  const feed = {
    kind: 'cdc' as const,
    pipeline: given.pipeline,
    target: given.targetName,
    mayCreate: true,
  };
  // The defaults of the configuration.
  const pace = { rows: 20_000, bytes: 4 * 1024 * 1024, waitMs: 0, pollMs: 10_000 };
  const lane = { source, target, laneId: given.laneId, feed, worker: 'bench', pace };
  await runLane(lane, {
    dueToReturn: () => stopping !== null,
    signal: new AbortController().signal,
    pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    report: () => undefined,
  });
  await Promise.all([source.close(), target.close()]);
}

process.on('message', (message) => {
  if (message === 'stop' || message === 'pause') {
    stopping = message;
    return;
  }
  stopping = null;
  main(job.parse(message)).then(
    () => {
      if (stopping === 'pause') process.send?.('paused');
      else finish(0);
    },
    (error: unknown) => {
      console.error(error);
      finish(1);
    },
  );
});

function finish(code: number): void {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  const use = { rssMb: maxRSS / 1024, cpuSeconds: (userCPUTime + systemCPUTime) / 1e6 };
  process.send?.(use, () => process.exit(code));
}

/** What an engine loads when it is first opened, a worker that has used it has loaded long since. */
const CODE: Readonly<Record<string, () => Promise<unknown>[]>> = {
  postgres: () => [
    import('../../src/engines/postgres/source.js'),
    import('../../src/engines/postgres/target.js'),
  ],
  sqlserver: () => [
    import('../../src/engines/sqlserver/source.js'),
    import('../../src/engines/sqlserver/target.js'),
  ],
};

/** Of the engines that the command line names and no other, or its memory would count as well. */
async function loadCode(): Promise<void> {
  await Promise.all(process.argv.slice(2).flatMap((name) => CODE[name]?.() ?? []));
}

loadCode().then(
  () => process.send?.('ready'),
  (error: unknown) => {
    console.error(error);
    finish(1);
  },
);
