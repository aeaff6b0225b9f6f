import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { runCli } from '../../../../src/cli/program.js';
import { memoryIo } from '../../../unit/cli/memory-io.js';
import { openShop, type Shop } from '../watermark/activity-fixture.js';

const role = `t_worker_${randomBytes(4).toString('hex')}`;
let shop: Shop;

afterEach(async () => {
  await shop.target.query(`drop owned by ${role} cascade`);
  await shop.source.query(`drop role ${role}`);
  await shop.close();
});

it('a worker needs no right to make anything in sluice once a DBA has run state init --print', async () => {
  shop = await openShop('18', 'state init', { mode: 'full' });
  const { source, target } = shop;
  await source.query(`create table public.t (id int primary key, note text);
    insert into t values (1, 'one')`);
  const io = memoryIo(dirname(shop.configPath));
  const argv = ['--config', shop.configPath, 'state', 'init', '--print'];
  expect(await runCli(argv, io)).toBe(0);
  expect(await target.query(`select 1 from pg_namespace where nspname = 'sluice'`)).toEqual([]);
  await target.query(io.out());
  await target.query(`create role ${role} login password 'poor';
    grant create on database ${target.name} to ${role}; grant create on schema public to ${role};
    grant usage on schema sluice to ${role};
    grant select, insert, update, delete on all tables in schema sluice to ${role};
    grant usage on all sequences in schema sluice to ${role}`);
  const url = new URL(target.url);
  [url.username, url.password] = [role, 'poor'];
  await writeFile(join(dirname(shop.configPath), 'to'), url.toString());
  await shop.reconcile();
  await shop.fullSync('public.t', 'first-0');
  expect(await target.query('select * from public.t')).toEqual([{ id: 1, note: 'one' }]);
  const made = await target.query(
    `select relname from pg_class where relnamespace = 'sluice'::regnamespace
        and relowner = '${role}'::regrole`,
  );
  expect(made).toEqual([]);
});
