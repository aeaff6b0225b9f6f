import { afterAll, beforeAll, expect, test } from 'vitest';
import { waitFor } from '../../support/wait-for.js';
import { Scene } from '../support/scene.js';
import { createTables, expectEqual, seams } from './tables.js';
import { generator, pause, SourceWriter } from './writer.js';

const KILLS = 20;
const SEED = Number(process.env.SLUICE_TEST_SEED ?? Date.now() % 100_000);

/** Where a resync is when its worker is killed. */
const STEPS = ['copy', 'catch-up', 'cut-over', 'any'] as const;
/** Some are over within milliseconds: one that no kill has hit is aimed at so often again. */
const MORE_KILLS = 12;

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.open({ label: 'kill-worker' });
  await createTables(scene);
});

afterAll(async () => {
  await scene.close();
});

/** Where a resync is: its rows are copied, then the stage catches up, then it becomes visible. */
const STEP = `
  case when t.phase <> 'fullSync' then t.phase
       when t.cutover_step is not null then 'cut-over'
       when exists (select from sluice.chunk c
                     where c.table_id = t.table_id and c.epoch = t.epoch and c.state <> 'done')
         or not exists (select from sluice.chunk c
                         where c.table_id = t.table_id and c.epoch = t.epoch) then 'copy'
       else 'catch-up' end`;

async function steps(): Promise<string[]> {
  const rows = await scene.targetSql<{ step: string }>(
    `select distinct ${STEP} as step from sluice.table_state t`,
  );
  return rows.map(({ step }) => step);
}

/** A resync has come there, or is past it: a small rest is caught up within milliseconds. */
async function isIn(table: string, step: string, former: string): Promise<void> {
  let seen = 'nothing';
  await waitFor(
    () => `${table} is in ${step}, seen: ${seen}; the worker said: ${lastWords()}`,
    async () => {
      const [row] = await scene.targetSql<{ step: string; epoch: string }>(
        `select ${STEP} as step, epoch, enabled, fault_code, fault_message
           from sluice.table_state t where slug = 'public.${table}'`,
      );
      seen = `${JSON.stringify(row)}, epoch before: ${former}`;
      if (row === undefined || row.epoch === former) return false;
      return row.step === step || row.step === 'streaming';
    },
    // Steps of killed workers are taken up one after the other, each after a time limit of its own.
    { timeoutMs: 240_000, intervalMs: 5 },
  );
}

function lastWords(): string {
  return scene.worker?.output.slice(-2_000) ?? 'nothing';
}

async function epochOf(table: string): Promise<string> {
  const rows = await scene.tableStates();
  return rows.find(({ slug }) => slug === `public.${table}`)?.epoch ?? '0';
}

/** Batches of one lane whose fence goes back, and a last one that is not where the lane is. */
async function ledgerFaults(): Promise<unknown[]> {
  return scene.targetSql(`
    with batch as (
      select run_id, fence, to_position, lag(fence) over (order by run_id) as former,
             row_number() over (order by run_id desc) as back
        from sluice.run where kind = 'batch')
    select run_id from batch where fence < former
    union all
    select b.run_id from batch b, sluice.lane l where b.back = 1 and b.to_position > l.position`);
}

interface Counts {
  readonly audited: Record<string, number>;
  /** Operations of all tables by the lines of the batches, and by the counters of the tables. */
  readonly byBatches: number;
  readonly byTables: number;
}

async function countsKept(): Promise<Counts | undefined> {
  const [row] = await scene.targetSql<Counts & Record<string, unknown>>(`
    select (select jsonb_build_object('INSERT', inserts, 'UPDATE', updates, 'DELETE', deletes)
              from sluice.table_feed join sluice.table_state using (table_id)
             where slug = 'public.audited') as audited,
           (select sum(inserts + updates + deletes)::float8 from sluice.run
             where kind = 'batch') as "byBatches",
           (select sum(inserts + updates + deletes)::float8 from sluice.table_feed) as "byTables"`);
  return row;
}

/** An ENABLE ALWAYS trigger fires for the lane too: each operation of the source exactly once. */
async function countOperations(): Promise<void> {
  await scene.targetSql(`
    create table operation (kind text, n bigint default 0);
    insert into operation (kind) values ('INSERT'), ('UPDATE'), ('DELETE');
    create function count_operation() returns trigger language plpgsql as $$
      begin update public.operation set n = n + 1 where kind = tg_op; return null; end $$;
    create trigger count_operations after insert or update or delete on audited
      for each row execute function count_operation();
    alter table audited enable always trigger count_operations;`);
}

test(`a worker killed ${KILLS} times at random moments loses and repeats nothing (seed ${SEED})`, async () => {
  const random = generator(SEED);
  await scene.startWorker();
  await scene.client.startPipeline(scene.pipeline);
  await scene.streaming();
  await countOperations();
  // A lane learns of a trigger when it begins, or in a quiet moment.
  await scene.worker?.kill();
  await scene.startWorker();
  const writer = new SourceWriter(scene.source.url('shop'), SEED);
  writer.start();
  const killedIn = new Set<string>();
  const missed = () => STEPS.find((step) => step !== 'any' && !killedIn.has(step));
  for (let kill = 0; kill < KILLS || (missed() && kill < KILLS + MORE_KILLS); kill++) {
    // Every second time the worker dies somewhere in a resync: stage, copy, catch-up, cut-over.
    if (kill % 2 === 0 || kill > KILLS) {
      const table = kill % 4 === 0 ? 'accounts' : 'pairs';
      const former = await epochOf(table);
      await scene.client.commandPipeline(scene.pipeline, 'forceResync', {
        tables: `public.${table}`,
        requestId: `resync-${kill}`,
      });
      const again = kill < KILLS ? undefined : missed();
      const step = again ?? STEPS[(kill / 2) % STEPS.length] ?? 'any';
      if (step !== 'any') await isIn(table, step, former);
      if (again === undefined) await pause(random() * (step === 'any' ? 3_500 : 100));
    } else await pause(200 + random() * 3_500);
    for (const where of await steps()) killedIn.add(where);
    await scene.worker?.kill();
    await scene.startWorker();
  }
  await writer.stop();
  await expectEqual(scene);
  expect(await operationsCounted()).toEqual(writer.audited);
  expect(await seams(scene)).toEqual([]);
  expect(await ledgerFaults()).toEqual([]);
  const counts = await countsKept();
  expect(counts?.audited).toEqual(writer.audited);
  expect(counts?.byBatches).toBe(counts?.byTables);
  expect([...killedIn]).toEqual(
    expect.arrayContaining(['copy', 'catch-up', 'cut-over', 'streaming']),
  );
  expect(writer.transactions).toBeGreaterThan(1_000);
});

async function operationsCounted(): Promise<Record<string, number>> {
  const rows = await scene.targetSql<{ kind: string; n: string }>('select kind, n from operation');
  return Object.fromEntries(rows.map((row) => [row.kind, Number(row.n)]));
}
