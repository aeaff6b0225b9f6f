/** Tables that inherit from another one (`INHERITS`): each is followed by itself, with its own rows. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { waitFor } from '../../support/wait-for.js';
import { runCli } from '../cli/run-cli.js';
import { Scene } from '../support/scene.js';
import { stateOf } from './table-state.js';

const FAMILY = ['parent', 'child', 'grandchild'] as const;
const TABLES = `
  create table parent (id int primary key, v int);
  create table child (note text, primary key (id)) inherits (parent);
  create table grandchild (primary key (id)) inherits (child);`;
/** No key of a parent counts for its children, so the three have rows of the same ids too. */
const ROWS = `
  insert into parent select g, g from generate_series(1, 50) g;
  insert into child select g, g, 'n' || g from generate_series(26, 75) g;
  insert into grandchild select g, g, 'n' || g from generate_series(41, 90) g;`;

let scene: Scene;

/** The rows that a table holds itself, as every reader of that side sees them. */
async function own(side: 'source' | 'target', table: string): Promise<string> {
  const sql = `select coalesce(string_agg(t::text, ' ' order by id), '') as rows from only ${table} t`;
  const [row] = await (side === 'source'
    ? scene.sourceSql<{ rows: string }>(sql)
    : scene.targetSql<{ rows: string }>(sql));
  return row?.rows ?? '';
}

async function expectSame(): Promise<void> {
  for (const table of FAMILY) {
    let sides: readonly unknown[] = [];
    await waitFor(
      () => `${table} holds the same rows of its own: ${JSON.stringify(sides)}`,
      async () => {
        const [from, to] = [await own('source', table), await own('target', table)];
        const state = await stateOf(scene, table);
        sides = [from, to, state];
        return from === to && state?.phase === 'streaming' && state.fault_code === null;
      },
      { timeoutMs: 60_000, intervalMs: 200 },
    );
  }
}

const cli = async (...words: readonly string[]): ReturnType<typeof runCli> =>
  runCli(scene.directory, ['--config', scene.configPath, ...words], scene.env);

const TARGETS = [
  ['Sluice makes', ''],
  ['somebody made with the same inheritance', TABLES],
] as const;

describe.each(TARGETS)('a target whose tables %s', (_, before) => {
  beforeAll(async () => {
    scene = await Scene.open({ label: 'inheritance' });
    await scene.sourceSql(TABLES + ROWS);
    if (before !== '') {
      await scene.targetSql('create database shop', 0, 'postgres');
      await scene.targetSql(before);
    }
  });

  afterAll(async () => {
    await scene.close();
  });

  test.each(['check', 'plan'])('%s says that each is copied by itself', async (command) => {
    const { out } = await cli(command);
    for (const table of FAMILY) {
      expect(out).toMatch(new RegExp(`public\\.${table}\\b[^]*each table is copied by itself`));
    }
  });

  test('no row is copied twice', async () => {
    await scene.startWorker();
    await scene.client.startPipeline(scene.pipeline);
    await scene.streaming();
    await expectSame();
  });

  test('what is changed through the parent arrives in the table that holds the row', async () => {
    await scene.sourceSql(`update parent set v = v + 1000 where id % 10 = 0`);
    await scene.sourceSql(`delete from parent where id in (7, 45, 80)`);
    await scene.sourceSql(`update only parent set v = -1 where id = 42`);
    await scene.sourceSql(`insert into grandchild values (300, 1, 'new')`);
    await expectSame();
  });

  test.each(FAMILY)('a resync of the %s leaves the others as they are', async (table) => {
    const before = await stateOf(scene, table);
    await scene.targetSql(`delete from only ${table} where id % 3 = 0`);
    await scene.client.commandPipeline(scene.pipeline, 'forceResync', {
      tables: `public.${table}`,
    });
    await waitFor('it was copied again', async () => {
      const now = await stateOf(scene, table);
      return now?.phase === 'streaming' && Number(now.epoch) > Number(before?.epoch);
    });
    await expectSame();
  });

  test('verification finds no difference', async () => {
    const { code, out, err } = await cli('verify', '--full');
    expect(out + err).toContain('3 passed, 0 failed, 0 skipped, 0 rows differ');
    expect(code).toBe(0);
  });

  test('TRUNCATE ONLY empties one, TRUNCATE all below it', async () => {
    await scene.sourceSql('truncate only child');
    await expectSame();
    await scene.sourceSql('truncate parent');
    await expectSame();
    expect(await own('target', 'grandchild')).toBe('');
  });
});
