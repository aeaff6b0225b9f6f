import { dirname } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { runCli } from '../../../../src/cli/program.js';
import { memoryIo } from '../../../unit/cli/memory-io.js';
import { openShop, type Shop } from '../watermark/activity-fixture.js';

let shop: Shop | null = null;
afterEach(async () => shop?.close());

async function logs(...wanted: string[]): Promise<string> {
  const { configPath = '' } = shop ?? {};
  const io = memoryIo(dirname(configPath));
  await runCli(['--config', configPath, 'logs', ...wanted], io);
  return io.out();
}

it('logs of one table, or of errors, are found behind many newer ones', async () => {
  shop = await openShop('18', 'logs', { mode: 'full' });
  await shop.source.query(
    'create table public.quiet (id int primary key); create table public.loud (id int primary key)',
  );
  await shop.reconcile();
  await shop.target.query(
    `insert into sluice.event (pipeline, target, table_id, level, kind, message)
     select $1, 'copy', t.table_id, case n when 2 then 'error' else 'info' end, 'test', 'event ' || n
       from generate_series(1, 200) n
       join sluice.table_state t
         on t.source_table = case n when 1 then 'quiet' else 'loud' end
      order by n`,
    [shop.pipeline],
  );
  expect(await logs()).not.toMatch(/event [12]\n/);
  expect(await logs('--table', 'public.quiet')).toMatch(/public\.quiet.*: event 1\n$/);
  expect(await logs('--level', 'error')).toMatch(/error.*public\.loud.*: event 2\n$/);
  expect((await logs('--limit', '3')).split('\n')).toHaveLength(4);
});
