import pg from 'pg';
import { afterEach, expect, test } from 'vitest';
import { Scene } from '../support/scene.js';
import { waitFor } from '../../support/wait-for.js';

let scene: Scene;

afterEach(async () => {
  await scene.close();
});

async function begin(label: string, pipeline: string): Promise<void> {
  scene = await Scene.open({ label, pipeline });
  await scene.sourceSql(`
    create table small (id int primary key, v text);
    create table calm (id int primary key, v text);
    insert into small select g, 'v' from generate_series(1, 500) g;
    insert into calm select * from small;`);
  await scene.startWorker();
  await scene.client.startPipeline(scene.pipeline);
  await scene.streaming();
}

interface State {
  readonly phase: string;
  readonly epoch: string;
  readonly fault_code: string | null;
  readonly fault_message: string | null;
  readonly parks: boolean;
  readonly parked_rows: string;
}

async function stateOf(table: string): Promise<State> {
  const [row] = await scene.targetSql<State & Record<string, unknown>>(
    `select phase, epoch, fault_code, fault_message, parks, coalesce(parked_rows, 0) as parked_rows
       from sluice.table_state left join sluice.table_feed using (table_id)
      where source_table = '${table}'`,
  );
  if (row === undefined) throw new Error(`${table} is unknown`);
  return row;
}

async function expectEqual(): Promise<void> {
  await scene.streaming();
  await scene.caughtUp();
  for (const table of ['small', 'calm']) {
    await waitFor(`${table} is equal`, async () => {
      const from = await scene.fingerprint('source', table, 'id');
      return from === (await scene.fingerprint(0, table, 'id'));
    });
  }
}

function command(name: 'pause' | 'resume' | 'forceResync' | 'retry'): Promise<unknown> {
  return scene.client.commandPipeline(scene.pipeline, name, { tables: 'public.small' });
}

/** About 1 MB of changes that are parked while the table is out of the stream. */
const MUCH = `update small set v = repeat(md5(id::text), 60)`;

test('a paused table beyond parkedMax lets go of its changes, says so, and is copied when resumed', async () => {
  await begin('parked-budget', '    parkedMax: { bytes: 200KB }');
  await command('pause');
  await waitFor('it is paused', async () => (await stateOf('small')).phase === 'paused');
  await scene.sourceSql(MUCH);
  await waitFor('it says that it needs a resync', async () => {
    const state = await stateOf('small');
    return state.phase === 'quarantined' && state.fault_code === 'PARKED_BUDGET' && !state.parks;
  });
  expect((await stateOf('small')).fault_message).toMatch(/parkedMax/);
  const errors = await scene.targetSql(
    `select from sluice.v_recent_errors where code = 'PARKED_BUDGET' and source_table = 'small'`,
  );
  expect(errors.length).toBe(1);
  await waitFor('nothing of it is kept', async () => {
    const [kept] = await scene.targetSql<{ n: string }>('select count(*) n from sluice.parked');
    return kept?.n === '0';
  });
  await scene.sourceSql(`update calm set v = 'w'; update small set v = v || 'w' where id < 10`);
  await scene.caughtUp();
  expect((await stateOf('calm')).phase).toBe('streaming');
  expect((await stateOf('small')).parked_rows).toBe('0');
  // A retry must not take it up as if nothing were lost; it is still paused, so nothing happens.
  await command('retry');
  await command('resume');
  await waitFor('it is copied', async () => Number((await stateOf('small')).epoch) === 2);
  await expectEqual();
});

test('while a table is copied its budget only alerts', async () => {
  await begin('parked-copying', '    parkedMax: { bytes: 200KB }');
  const open = new pg.Client({ connectionString: scene.source.url('shop') });
  await open.connect();
  // The copy may not begin before this transaction has ended; meanwhile changes are parked.
  await open.query('begin; select pg_current_xact_id()');
  await command('forceResync');
  await waitFor('it parks', async () => {
    const state = await stateOf('small');
    return state.phase === 'fullSync' && state.parks;
  });
  await waitFor(
    'the alert is there',
    async () => {
      await scene.sourceSql(MUCH);
      const events = await scene.targetSql(`select from sluice.event where kind = 'parked.budget'`);
      return events.length > 0;
    },
    { timeoutMs: 40_000, intervalMs: 1_000 },
  );
  const state = await stateOf('small');
  expect(state).toMatchObject({ phase: 'fullSync', fault_code: null });
  expect(Number(state.parked_rows)).toBeGreaterThan(400);
  await open.query('commit');
  await open.end();
  await expectEqual();
  expect((await stateOf('small')).epoch).toBe('2');
});

test('a target that is away longer than maxRetainedLog allows loses the log, not the source its disk', async () => {
  await begin('retained-log', '    maxRetainedLog: 60MB');
  await scene.target.stop('immediate');
  const fill = (): Promise<unknown> =>
    scene.sourceSql(`select pg_logical_emit_message(false, 'fill', repeat('x', 10000000))
                       from generate_series(1, 4)`);
  await fill();
  await waitFor(
    'the alert at half of it',
    () => Promise.resolve(scene.worker?.output.includes('log.retained')),
    { timeoutMs: 90_000 },
  );
  const slots = (): Promise<unknown[]> => scene.sourceSql('select from pg_replication_slots');
  expect((await slots()).length).toBe(1);
  await fill();
  await waitFor('the slot is gone', async () => (await slots()).length === 0, {
    timeoutMs: 120_000,
  });
  await scene.sourceSql(`update calm set v = 'away'; ${MUCH}`);
  await scene.target.restart();
  await waitFor(
    'both are copied again',
    async () => {
      const states = [await stateOf('small'), await stateOf('calm')];
      return states.every((state) => state.epoch === '2');
    },
    { timeoutMs: 120_000 },
  );
  await expectEqual();
  expect((await slots()).length).toBe(1);
});
