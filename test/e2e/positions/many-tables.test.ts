import { afterAll, beforeAll, expect, test } from 'vitest';
import { Scene } from '../support/scene.js';
import { waitFor } from '../../support/wait-for.js';

const TABLES = 200;

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.open({
    label: 'many-tables',
    sourceSettings: { max_replication_slots: '10', max_wal_senders: '10' },
  });
  // Nine slots are taken by others: one is left for the whole pipeline.
  await scene.sourceSql(`
    select pg_create_physical_replication_slot('other_' || g) from generate_series(1, 9) g;
    do $$ begin for n in 1..${TABLES} loop
      execute format('create table t%s (id int primary key, v int)', n);
      execute format('insert into t%s select g, g from generate_series(1, 20) g', n);
    end loop; end $$`);
  await scene.startWorker();
});

afterAll(async () => {
  await scene.close();
});

test(`${TABLES} tables are bootstrapped and followed through the one slot that is left of ten`, async () => {
  await scene.client.startPipeline(scene.pipeline);
  await waitFor(
    'every table streams',
    async () => {
      const rows = await scene.tableStates();
      return rows.length === TABLES && rows.every((row) => row.phase === 'streaming');
    },
    { timeoutMs: 540_000, intervalMs: 1_000 },
  );
  // Each activity for itself would log in 23 times a table at the target, and 12 times at the source.
  const logins = `select sessions / ${TABLES} as each from pg_stat_database where datname = 'shop'`;
  const [at] = await scene.targetSql<{ each: string }>(logins, 0, 'postgres');
  const [from] = await scene.sourceSql<{ each: string }>(logins, 'postgres');
  expect(Number(at?.each)).toBeLessThan(10);
  expect(Number(from?.each)).toBeLessThan(6);
  await scene.sourceSql(`
    do $$ begin for n in 1..${TABLES} loop
      execute format('update t%s set v = v + n from (select %s as n) x where id %% 2 = 0', n, n);
    end loop; end $$`);
  await scene.caughtUp();
  const sums = Array.from(
    { length: TABLES },
    (_, n) => `select ${n + 1} as n, count(*) as rows, sum(v) as v from t${n + 1}`,
  ).join(' union all ');
  await waitFor('every table is equal', async () => {
    const from = await scene.sourceSql(`select * from (${sums}) s order by n`);
    const to = await scene.targetSql(`select * from (${sums}) s order by n`);
    return JSON.stringify(from) === JSON.stringify(to);
  });
  const slots = await scene.sourceSql('select from pg_replication_slots');
  expect(slots.length).toBe(10);
});
