import type { Client } from 'pg';
import { afterEach, expect, it } from 'vitest';
import { patient, waitFor } from '../../../support/wait-for.js';
import type { Shop } from '../watermark/activity-fixture.js';
import { openShop } from '../watermark/activity-fixture.js';
import { follow, watch } from './watching.js';

/** What the specification promises for everything that is asked in SQL. */
const PROMISED_MS = patient(10_000);
const VALIDATING = `
select pid from pg_stat_activity
 where datname = current_database() and query like '%VALIDATE CONSTRAINT%'
   and state = 'active' and pid <> pg_backend_pid()`;
const KEY =
  'foreign key (parent) references public.parents deferrable initially deferred not valid';

let shop: Shop | null = null;
const closing: (() => void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) close();
  await shop?.close();
});

/** A key of public.children that waits for the lock of somebody else to be validated. */
async function validating(): Promise<{ opened: Shop; locker: Client }> {
  const pipeline = { foreignKeys: 'enforce' };
  const settings = { mode: 'incremental', watermark: { column: 'id' } };
  const opened = await openShop('18', 'validate', settings, {}, { pipeline });
  shop = opened;
  await opened.source.query(`create table public.parents (id int primary key);
    create table public.children (id int primary key, parent int,
      constraint children_parent foreign key (parent) references public.parents);
    insert into parents values (1); insert into children values (1, 1)`);
  await opened.reconcile();
  for (const table of ['parents', 'children']) await opened.fullSync(`public.${table}`, 'first-0');
  const locker = await opened.target.connect();
  await locker.query(`alter table public.children drop constraint children_parent,
    add constraint children_parent ${KEY}`);
  await locker.query('begin; lock table public.children in share update exclusive mode');
  return { opened, locker };
}

const pids = async (opened: Shop): Promise<unknown[]> =>
  (await opened.target.query<{ pid: number }>(VALIDATING)).map(({ pid }) => pid);

it('a key that takes long to be validated goes on when the watch returns, and stops none', async () => {
  const { opened, locker } = await validating();
  follow(opened, 'schema', closing);
  await waitFor('it waits to validate', async () => (await pids(opened)).length > 0);
  const before = await pids(opened);
  const watching = await watch(opened, closing);
  const asked = Date.now();
  await opened.target.query(
    `insert into sluice.command (pipeline, command, table_name) values ($1, 'pause', '*')`,
    [opened.pipeline],
  );
  const { commands } = await watching.ended;
  expect(commands).toHaveLength(1);
  expect(Date.now() - asked).toBeLessThan(PROMISED_MS);
  expect(await pids(opened)).toEqual(before);
  await locker.query('rollback');
  await waitFor('it is validated', async () => {
    const [key] = await opened.target.query<{ convalidated: boolean }>(
      `select convalidated from pg_constraint where conname = 'children_parent'`,
    );
    return key?.convalidated === true;
  });
});

it('a validation ends with its activity, on its server too', async () => {
  const { opened, locker } = await validating();
  const following = follow(opened, 'schema', closing);
  await waitFor('it waits to validate', async () => (await pids(opened)).length > 0);
  following.cancel();
  await following.ended.catch(() => undefined);
  await waitFor('its server ended it', async () => (await pids(opened)).length === 0);
  await locker.query('rollback');
});

it('a validation gives way to a new copy of a table', async () => {
  const { opened, locker } = await validating();
  const following = follow(opened, 'schema', closing);
  await waitFor('it waits to validate', async () => (await pids(opened)).length > 0);
  await opened.target.query(
    `update sluice.table_state set phase = 'fullSync' where source_table = 'children'`,
  );
  await waitFor('its server ended it', async () => (await pids(opened)).length === 0);
  following.cancel();
  await following.ended.catch(() => undefined);
  await locker.query('rollback');
});
