import { dirname } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { EXIT } from '../../../../src/cli/exit-codes.js';
import { runCli } from '../../../../src/cli/program.js';
import { memoryIo } from '../../../unit/cli/memory-io.js';
import { openShop, type Shop } from '../watermark/activity-fixture.js';

describe('check says of the columns that a table is followed by', () => {
  let shop: Shop | null = null;
  afterEach(async () => shop?.close());

  async function check(
    table: string,
    settings: Record<string, unknown>,
  ): Promise<{ code: number; said: string }> {
    shop = await openShop('18', 'columns', settings);
    await shop.source.query(table);
    const io = memoryIo(dirname(shop.configPath));
    const code = await runCli(['--config', shop.configPath, 'check', '--no-temporal'], io);
    return { code, said: io.out() + io.err() };
  }

  const watermark = (column: string) => ({ mode: 'incremental', watermark: { column } });

  it('that a watermark may be NULL, has no index and goes back, and sees no deletes', async () => {
    const { code, said } = await check(
      `create table public.t (id int primary key, changed timestamptz);
       insert into public.t select i, now() - make_interval(hours => i) from generate_series(1, 500) i`,
      watermark('changed'),
    );
    expect(said).toMatch(/public\.t.*changed may be NULL.*\[watermark\.nullable\]/);
    expect(said).toMatch(/No index begins with its watermark column changed.*CREATE INDEX/);
    expect(said).toMatch(/newest rows have lower values of changed/);
    expect(said.match(/cannot see deleted rows/g)).toHaveLength(1);
    expect(code).toBe(EXIT.degraded);
  });

  it('that there is no such watermark column', async () => {
    const { code, said } = await check(
      'create table public.t (id int primary key)',
      watermark('absent'),
    );
    expect(said).toMatch(/error .*absent/);
    expect(code).toBe(EXIT.failed);
  });

  it('that a reset trigger column wants a filtered index, or is of a wrong type', async () => {
    const settings = { mode: 'full', resetColumn: 'again' };
    const advised = await check('create table public.t (id int primary key, again int)', settings);
    expect(advised.said).toMatch(/again has no filtered index.*CREATE INDEX.*WHERE/);
    expect(advised.code).toBe(EXIT.ok);
    await shop?.close();
    const refused = await check('create table public.t (id int primary key, again date)', settings);
    expect(refused.said).toMatch(/error .*again/);
    expect(refused.code).toBe(EXIT.failed);
  });

  it('that a table is loaded once and never again, where nothing asks for more', async () => {
    const once = await check('create table public.t (id int primary key)', { mode: 'full' });
    expect(once.said).toMatch(/info .*public\.t is loaded as a whole.*refresh:.*resync public\.t/);
    expect(once.code).toBe(EXIT.ok);
    await shop?.close();
    const settings = { mode: 'full', refresh: { every: '1h' } };
    const again = await check('create table public.t (id int primary key)', settings);
    expect(again.said).not.toContain('loaded as a whole');
  });

  it('that settings name a table that is not there', async () => {
    const tables = { include: ['public.*'], settings: { 'public.ordres': { mode: 'full' } } };
    shop = await openShop('18', 'slip', { mode: 'full' }, {}, { pipeline: { tables } });
    await shop.source.query('create table public.orders (id int primary key)');
    const io = memoryIo(dirname(shop.configPath));
    const code = await runCli(['--config', shop.configPath, 'check', '--no-temporal'], io);
    expect(io.out()).toMatch(/warning .*public\.ordres.*Did you mean public\.orders\?/);
    expect(code).toBe(EXIT.degraded);
  });
});
