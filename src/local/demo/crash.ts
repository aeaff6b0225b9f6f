/** The worker dies in the middle of a resync, and another one goes on where it stood. */
import { setTimeout as delay } from 'node:timers/promises';
import type { SluiceClient } from '../../client.js';
import { DemoFailure } from './failure.js';
import { PIPELINE, TARGET } from './pipeline-config.js';
import { watchTables } from './progress.js';
import type { Watched } from './progress.js';
import type { SqlClient } from './sql-client.js';
import { readDoneChunks, readTables } from './table-states.js';
import type { TableState } from './table-states.js';
import { count, took } from './text.js';
import { until } from './until.js';
import type { DemoWorker } from './worker.js';

const SLUG = 'public.events';
const RESYNC_TIMEOUT_MS = 90_000;
/** So much of the resync is done when the worker is killed. */
const KILL_AT = 0.3;

export interface CrashParts extends Watched {
  readonly source: SqlClient;
  readonly worker: DemoWorker;
}

/** Changes while no worker lives: they wait in the log of the source. */
const MEANWHILE = `
begin;
update events set page = page || '/again' where event_id % 20000 = 0;
update employees set salary = salary + 1, modified_date = now() where employee_id = 7;
commit`;

export async function crashAndResume(parts: CrashParts): Promise<void> {
  const { screen, target, worker } = parts;
  const { epoch } = await eventsState(target);
  await askForResync(parts.client);
  const { pid } = worker;
  const before = await reachMiddle(target, epoch);
  await worker.kill();
  const kept = await readDoneChunks(target, SLUG);
  screen.done(
    `kill -9 of worker ${String(pid)}: ${String(kept.size)} of ${String(before.chunks)} ` +
      `chunks of events were copied`,
  );
  await sayReadersSeeAll(parts);
  await parts.source.run(MEANWHILE);
  screen.say('The source goes on changing while no worker lives. Starting another worker …');
  const began = Date.now();
  const next = await worker.start();
  screen.say(`Worker ${String(next)} is ready after ${took(Date.now() - began)}.`);
  await watchTables({ ...parts, only: SLUG }, RESYNC_TIMEOUT_MS, (all) =>
    all.some((one) => one.epoch > epoch && one.phase === 'streaming'),
  );
  const again = await copiedAgain(target, kept);
  if (again > 0) throw new DemoFailure(`${String(again)} finished chunks were copied again.`);
  screen.done(
    `The resync was complete ${took(Date.now() - began)} later: ${String(before.chunks - kept.size)}` +
      ` chunks copied by the new worker, 0 of the ${String(kept.size)} finished ones again`,
  );
  await awaitMeanwhile(parts);
}

async function askForResync(client: SluiceClient): Promise<void> {
  const ref = { pipeline: PIPELINE, target: TARGET, slug: SLUG };
  const { accepted, message } = await client.commandTable(ref, 'forceResync', {
    requestId: `demo-resync-${String(Date.now())}`,
    by: 'demo',
    reason: 'the demo shows a crash',
  });
  if (!accepted) throw new DemoFailure(`The resync of events was refused: ${message}`);
}

async function eventsState(target: SqlClient): Promise<TableState> {
  const state = (await readTables(target)).find((table) => table.slug === SLUG);
  if (state === undefined) throw new DemoFailure('Sluice does not know the table events.');
  return state;
}

/** A few milliseconds between looks: the whole copy takes only seconds. */
async function reachMiddle(target: SqlClient, epoch: number): Promise<TableState> {
  const deadline = Date.now() + RESYNC_TIMEOUT_MS;
  for (;;) {
    const state = await eventsState(target);
    if (state.epoch > epoch && state.chunks > 0) {
      if (state.phase !== 'fullSync' || state.chunks_done === state.chunks) {
        throw new DemoFailure('The resync of events was over before the worker could be killed.');
      }
      if (state.chunks_done >= state.chunks * KILL_AT) return state;
    }
    if (Date.now() > deadline) {
      throw new DemoFailure(`The resync of events did not begin (${state.phase}).`);
    }
    await delay(10);
  }
}

async function sayReadersSeeAll({ screen, source, target }: CrashParts): Promise<void> {
  const sql = 'select count(*) as n from events';
  const [[there], [here]] = await Promise.all([source.run(sql), target.run(sql)]);
  if (Number(here?.n) !== Number(there?.n)) {
    throw new DemoFailure('Readers of the target saw a part of events during its resync.');
  }
  screen.done(`Readers of the target still see all ${count(Number(here?.n))} events`);
}

async function copiedAgain(target: SqlClient, kept: ReadonlyMap<number, string>): Promise<number> {
  const now = await readDoneChunks(target, SLUG);
  return [...kept].filter(([n, finishedAt]) => now.get(n) !== finishedAt).length;
}

async function awaitMeanwhile({ screen, source, target }: CrashParts): Promise<void> {
  const sql = `select (select count(*) from events where page like '%/again') as events,
                      (select salary from employees where employee_id = 7) as salary`;
  const [wanted] = await source.run(sql);
  await until(
    'The arrival of what changed without a worker',
    async () => {
      const [seen] = await target.run(sql);
      return JSON.stringify(seen) === JSON.stringify(wanted) ? true : null;
    },
    { timeoutMs: 30_000, everyMs: 50 },
  );
  screen.done(`What changed on the source meanwhile (51 rows of two tables) has arrived`);
}
