import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { LoadedConfig } from '../../../../src/config/load.js';
import type { PipelineFacts } from '../../../../src/core/protocol.js';
import { PipelineSession } from '../../../../src/session/pipeline-session.js';
import { reconcile } from '../../../../src/session/reconcile.js';
import { createDatabase, sharedPostgres, type TestDatabase } from '../../../support/postgres.js';
import type { Shop } from '../watermark/activity-fixture.js';
import { openShop } from '../watermark/activity-fixture.js';

const MADE_BY_US = { createPublication: true, createSlot: true };

type Targets = Record<string, Record<string, unknown>>;

describe('reconciling', () => {
  let shop: Shop | null = null;
  const more: TestDatabase[] = [];

  afterEach(async () => {
    await shop?.source.query(
      `select pg_drop_replication_slot(slot_name) from pg_replication_slots
        where database = current_database() and not active`,
    );
    await shop?.close();
    await Promise.all(more.splice(0).map((database) => database.drop()));
  });

  async function open(label: string, pipeline: Record<string, unknown> = {}): Promise<Shop> {
    shop = await openShop('18', label, {}, {}, { source: MADE_BY_US, pipeline });
    await shop.source.query(
      'create table public.a (id int primary key); create table public.b (id int primary key)',
    );
    return shop;
  }

  /** A second target, `other`, in a database of its own. */
  async function addTarget(to: Shop, keys: Record<string, unknown> = {}): Promise<TestDatabase> {
    const database = await createDatabase(sharedPostgres('18'), 'other');
    more.push(database);
    const file = join(dirname(to.configPath), 'second');
    await writeFile(file, database.url);
    await edit(to.configPath, (config) => {
      config.connections.second = { ...config.connections.to, url: `\${file:${file}}` };
      targetsOf(config).other = { connection: 'second', ...keys };
    });
    return database;
  }

  it('looks after the other targets when one has a trouble that does not pass by itself', async () => {
    const opened = await open('dropped');
    const other = await addTarget(opened);
    expect((await asWorker(opened)).targets.map(({ away }) => away)).toEqual([null, null]);
    await other.drop();
    more.splice(0);
    await opened.source.query('create table public.c (id int primary key)');
    const { targets } = await asWorker(opened);
    const [first, second] = targets;
    expect(first).toMatchObject({ target: 'copy', away: null, tables: 3 });
    expect(second).toMatchObject({ target: 'other', tables: 0 });
    expect(second?.away).toMatch(/database .* does not exist/);
    expect((await opened.row('public.c')).phase).toBe('new');
    // Who asks by hand is told.
    await expect(byHand(opened)).rejects.toMatchObject({ code: 'DATABASE_MISSING' });
  });

  it('takes the tables that it can, and says of each other one why not', async () => {
    const opened = await open('collision');
    await asWorker(opened);
    await opened.source.query(
      'create schema sales; create table sales.a (id int primary key); create table sales.d (id int)',
    );
    await edit(opened.configPath, (config) => {
      pipelineOf(config).tables = {
        include: ['public.*', 'sales.*'],
        settings: { 'sales.a': { target: { schema: 'public', table: 'a' } } },
      };
    });
    await opened.source.query('create table public.e (id int primary key)');
    const { targets } = await asWorker(opened);
    expect(targets[0]).toMatchObject({ away: null, tables: 4 });
    expect((await opened.row('public.a')).source).toEqual({ schema: 'public', table: 'a' });
    expect((await opened.row('public.e')).phase).toBe('new');
    expect(await openErrors(opened)).toEqual([
      { code: 'TARGET_COLLISION', message: 'Both public.a and sales.a map to public.a.' },
    ]);
    await asWorker(opened);
    expect(await said(opened, 'config.refused')).toHaveLength(1);
    await expect(byHand(opened)).rejects.toMatchObject({ code: 'TARGET_COLLISION' });
    await edit(opened.configPath, (config) => {
      pipelineOf(config).tables = { include: ['public.*', 'sales.*'] };
    });
    await asWorker(opened);
    expect(await openErrors(opened)).toEqual([]);
  });

  it('leaves a table to the pipeline that has its target, and takes the others', async () => {
    const opened = await open('owned');
    await asWorker(opened);
    await edit(opened.configPath, (config) => {
      config.pipelines.second = { ...pipelineOf(config), tables: { include: ['public.*'] } };
    });
    await opened.source.query('create table public.mine (id int primary key)');
    const facts = await asWorker(opened, 'second');
    expect(facts.targets[0]).toMatchObject({ away: null, tables: 1 });
    const rows = await opened.target.query<{ slug: string }>(
      `select slug from sluice.table_state where pipeline = 'second'`,
    );
    expect(rows).toEqual([{ slug: 'public.mine' }]);
    expect(await openErrors(opened, 'second')).toMatchObject([{ code: 'TARGET_OWNED' }]);
  });

  it('waits for a confirmation before a target is lost, in a worker that knew it', async () => {
    const opened = await open('lost');
    await addTarget(opened);
    const memory = new Map<string, LoadedConfig>();
    await asWorker(opened, opened.pipeline, memory);
    await edit(opened.configPath, (config) => delete targetsOf(config).other);
    const seen = async (): Promise<readonly string[]> =>
      PipelineSession.use(
        { configPath: opened.configPath, memory },
        opened.pipeline,
        'test',
        (session) => Promise.resolve(session.targetNames),
      );
    expect(await seen()).toEqual(['copy', 'other']);
    expect((await asWorker(opened, opened.pipeline, memory)).targets).toHaveLength(2);
    await expect(byHand(opened)).rejects.toMatchObject({
      code: 'CONFIG_UNCONFIRMED',
      remedy: expect.stringContaining(
        `sluice apply --pipeline ${opened.pipeline} --confirm`,
      ) as string,
    });
    await byHand(opened, 'confirmed');
    expect(await seen()).toEqual(['copy']);
    const facts = await asWorker(opened, opened.pipeline, memory);
    expect(facts).toMatchObject({ targets: [{ target: 'copy' }] });
    expect(facts.lost).toBeUndefined();
  });

  it('lets the lanes of a lost target be also in a worker that never knew it', async () => {
    const opened = await open('lost by a restart');
    await addTarget(opened);
    await asWorker(opened);
    await edit(opened.configPath, (config) => delete targetsOf(config).other);
    for (const _ of [1, 2]) {
      const facts = await asWorker(opened);
      expect(facts).toMatchObject({ targets: [{ target: 'copy' }], lost: ['other'] });
    }
    expect(await openErrors(opened)).toMatchObject([{ code: 'CONFIG_UNCONFIRMED' }]);
    expect(await said(opened, 'config.unconfirmed')).toHaveLength(1);
    await byHand(opened, 'confirmed');
    expect((await asWorker(opened)).lost).toBeUndefined();
    expect(await openErrors(opened)).toEqual([]);
  });

  it('takes another name of the only target for a loss', async () => {
    const opened = await open('renamed');
    await asWorker(opened);
    await edit(opened.configPath, (config) => {
      const { copy } = targetsOf(config);
      pipelineOf(config).targets = { renamed: copy ?? {} };
    });
    await expect(byHand(opened)).rejects.toMatchObject({
      code: 'CONFIG_UNCONFIRMED',
      message: expect.stringContaining('no target copy any more') as string,
    });
  });
});

async function asWorker(
  shop: Shop,
  pipeline = shop.pipeline,
  memory?: Map<string, LoadedConfig>,
): Promise<PipelineFacts> {
  const options = { configPath: shop.configPath, ...(memory === undefined ? {} : { memory }) };
  return PipelineSession.use(options, pipeline, 'test', (session) =>
    reconcile(session, { attributes: false, worker: 'test', detach: 'wait' }),
  );
}

async function byHand(shop: Shop, detach: 'refuse' | 'confirmed' = 'refuse'): Promise<void> {
  await shop.use(async (session) => {
    await reconcile(session, { attributes: false, worker: 'test', detach });
  });
}

async function openErrors(shop: Shop, pipeline = shop.pipeline): Promise<unknown[]> {
  return shop.target.query(
    `select code, message from sluice.error
      where pipeline = '${pipeline}' and resolved_at is null`,
  );
}

async function said(shop: Shop, kind: string): Promise<unknown[]> {
  return shop.target.query(`select message from sluice.event where kind = '${kind}'`);
}

const schema = z.looseObject({
  connections: z.record(z.string(), z.looseObject({})),
  pipelines: z.record(
    z.string(),
    z.looseObject({ targets: z.record(z.string(), z.looseObject({})) }),
  ),
});
type Config = z.infer<typeof schema>;

function pipelineOf(config: Config): Config['pipelines'][string] {
  const [pipeline] = Object.values(config.pipelines);
  if (pipeline === undefined) throw new Error('There is no pipeline.');
  return pipeline;
}

function targetsOf(config: Config): Targets {
  return pipelineOf(config).targets;
}

async function edit(path: string, change: (config: Config) => void): Promise<void> {
  const config = schema.parse(JSON.parse(await readFile(path, 'utf8')));
  change(config);
  await writeFile(path, JSON.stringify(config));
}
