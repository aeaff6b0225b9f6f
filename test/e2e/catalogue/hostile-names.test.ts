import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Scene } from '../support/scene.js';
import { waitFor } from '../../support/wait-for.js';

const SCHEMA = `we"ird.sch%ema 'x'`;
const TABLES = [
  'qu"ote',
  `apos'trophe`,
  'with space',
  'do.t.s',
  'per%cent%s',
  '😀 emoji ü',
  'x'.repeat(63),
  `Robert'); drop table "do.t.s"; --`,
  'UPPER',
  '$1',
  'back\\slash',
  'select',
] as const;
const KEY = `k"ey; 'drop' %s.😀`;
const VALUE = `v%a"l ue`;

let scene: Scene;

const quoted = (name: string): string => pg.escapeIdentifier(name);
const full = (table: string): string => `${quoted(SCHEMA)}.${quoted(table)}`;

beforeAll(async () => {
  scene = await Scene.open({ label: 'hostile-names', tables: '{ include: ["*.*"] }' });
  await scene.sourceSql(`create schema ${quoted(SCHEMA)}`);
  for (const table of TABLES) {
    await scene.sourceSql(`
      create table ${full(table)} (${quoted(KEY)} text primary key, ${quoted(VALUE)} int unique);
      insert into ${full(table)} select 'k' || g, g from generate_series(1, 30) g;`);
  }
  await scene.startWorker();
  await scene.client.startPipeline(scene.pipeline);
  await scene.streaming();
});

afterAll(async () => {
  await scene.close();
});

async function expectEqual(): Promise<void> {
  await scene.streaming();
  await scene.caughtUp();
  for (const table of TABLES) {
    await waitFor(`${table} is equal`, async () => {
      const from = await scene.fingerprint('source', full(table), quoted(KEY));
      return from === (await scene.fingerprint(0, full(table), quoted(KEY)));
    });
  }
}

async function change(): Promise<void> {
  for (const table of TABLES) {
    const [key, value] = [quoted(KEY), quoted(VALUE)];
    await scene.sourceSql(`
      update ${full(table)} set ${value} = ${value} + 1000 where ${value} % 3 = 0;
      update ${full(table)} set ${key} = ${key} || '''"%s' where ${value} % 4 = 1;
      delete from ${full(table)} where ${value} % 7 = 2;
      insert into ${full(table)}
        select 'new' || max(${value}), max(${value}) + 1 from ${full(table)};`);
  }
}

test('names of every kind are copied, followed, copied again and verified', async () => {
  const states = await scene.tableStates();
  expect(states.length).toBe(TABLES.length);
  await change();
  await expectEqual();
  await scene.client.commandPipeline(scene.pipeline, 'forceResync', { requestId: 'all-again' });
  await waitFor(
    'every table began its second epoch',
    async () => (await scene.tableStates()).every((row) => row.epoch === '2'),
    { timeoutMs: 60_000 },
  );
  await change();
  await expectEqual();
  await scene.client.commandPipeline(scene.pipeline, 'verify', {});
  await waitFor(
    'every table was verified',
    async () => {
      const rows = await scene.targetSql<{ result: string; n: string }>(
        `select result, count(distinct table_id) n from sluice.verification
          where finished_at is not null and scope = 'full' group by result`,
      );
      expect(rows.every((row) => row.result === rows[0]?.result)).toBe(true);
      return rows.some((row) => Number(row.n) === TABLES.length);
    },
    { timeoutMs: 90_000, intervalMs: 500 },
  );
  const different = await scene.targetSql(
    // One that runs just now says nothing yet.
    `select * from sluice.verification
      where finished_at is not null and differences is distinct from 0`,
  );
  expect(different).toEqual([]);
  // A table streams from its cut-over on; its stage goes after it.
  await waitFor('no stage is left', async () => {
    const left = await scene.targetSql(
      `select from pg_namespace where nspname like 'sluice\\_stage\\_%'`,
    );
    return left.length === 0;
  });
});

test('a planted difference is named by its key, whatever the key looks like', async () => {
  const table = 'qu"ote';
  await scene.targetSql(
    `update ${full(table)} set ${quoted(VALUE)} = -1
      where ${quoted(KEY)} = (select max(${quoted(KEY)}) from ${full(table)})`,
  );
  await scene.client.commandPipeline(scene.pipeline, 'verify', { requestId: 'planted' });
  await waitFor(
    'the difference is found',
    async () => {
      // The verification by interval may have found it too.
      const rows = await scene.targetSql(
        `select distinct table_id, row_key, difference
           from sluice.verification_row join sluice.verification using (verification_id)`,
      );
      const runs = await scene.targetSql(
        `select v.table_id, scope, result, differences, v.message, t.phase, t.epoch
           from sluice.verification v join sluice.table_state t using (table_id)
          where t.source_table = ${pg.escapeLiteral(table)} order by verification_id`,
      );
      expect(rows, JSON.stringify({ rows, runs })).toHaveLength(1);
      return true;
    },
    { timeoutMs: 60_000 },
  );
});
