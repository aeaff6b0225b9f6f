/** Keys that the server calls equal although they are written differently. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drainParked } from '../../../../src/engines/postgres/apply/drain.js';
import { fetchOn } from '../../../../src/engines/postgres/apply/source-fetch.js';
import { connectPg } from '../../../../src/engines/postgres/connect.js';
import { toPosition } from '../../../../src/engines/postgres/feed/position.js';
import { SEEN_POSITION } from '../../../../src/engines/postgres/full-sync/copy-sql.js';
import type { Scene } from './support.js';
import { openScene, replicate } from './support.js';

const TABLES = ['words', 'spelt', 'amounts'];
const DDL = `
  create extension citext;
  create collation any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
  create table words (k citext primary key, v int, big text);
  create table spelt (k text collate any_case primary key, v int, big text);
  create table amounts (k numeric primary key, v int, big text);
  ${TABLES.map((table) => `alter table ${table} alter column big set storage external;`).join('\n')}`;

let scene: Scene;

beforeAll(async () => {
  scene = await openScene('18', 'alike_keys');
  await scene.createTables(DDL, TABLES);
});
afterAll(async () => scene.close());

describe.each([
  ['words', `'Ab'`, `'aB'`, `'AB'`],
  ['spelt', `'Ab'`, `'aB'`, `'AB'`],
  ['amounts', '1.0', '1.00', '1'],
] as const)('a row of %s', (table, one, other, third) => {
  const same = async (): Promise<void> => {
    expect(await scene.rows('target', table)).toEqual(await scene.rows('source', table));
  };

  it('gets the key as the source writes it, and keeps what did not change', async () => {
    const writer = await scene.claim();
    const big = `repeat(md5('x'), 200)`;
    await scene.source.query(`insert into ${table} values (${one}, 1, ${big})`);
    expect(await replicate(scene, writer)).toMatchObject({ missing: 0 });
    const to = (key: string, v: number) => `update ${table} set k = ${key}, v = ${String(v)}`;
    await scene.source.query(to(other, 2));
    expect(await replicate(scene, writer)).toMatchObject({ missing: 0 });
    await same();
    // There and back in one batch: what is left of the way there must not take the row away.
    await scene.source.query(`begin; ${to(one, 3)}; ${to(other, 4)}; commit`);
    expect(await replicate(scene, writer)).toMatchObject({ missing: 0 });
    await same();
    await scene.source.query(
      `begin; delete from ${table}; insert into ${table} values (${third}, 5, ${big}); commit`,
    );
    expect(await replicate(scene, writer)).toMatchObject({ missing: 0 });
    await same();
    await scene.source.query(`begin; ${to(other, 6)}; delete from ${table}; commit`);
    await replicate(scene, writer);
    await same();
  });

  it('has one row in its copy, with the key as the source writes it', async () => {
    const writer = await scene.claim();
    await scene.flags(table, { applies: false, parks: true });
    await scene.source.query(
      `delete from ${table}; insert into ${table} values (${one}, 1, repeat(md5('y'), 200))`,
    );
    await scene.transactions();
    await scene.source.query(`update ${table} set k = ${other}`);
    const tableId = await scene.tableId(table);
    await copy(tableId);
    await scene.source.query(`update ${table} set k = ${third}, v = 2`);
    await replicate(scene, writer);
    const stage = { tableId, epoch: '1', fence: '0', target: { schema: 'public', table } };
    const into = { table: { schema: 'stage', table }, upsert: true };
    const client = await connectPg(scene.connection, 'target');
    try {
      const options = { fetchFromSource: fetchOn(scene.source) };
      expect(await drainParked(client, stage, into, 100, options)).toMatchObject({ remaining: 0 });
    } finally {
      await client.end();
    }
    const copied = await scene.rows('target', `stage.${table}`);
    expect(copied).toEqual(await scene.rows('source', table));
  });

  /** What the source has now, and up to where that has seen. */
  async function copy(tableId: string): Promise<void> {
    const { rows } = await scene.source.query<{ row: string }>(
      `select t::text as row from ${table} t`,
    );
    await scene.target.query(
      `create schema if not exists stage;
       create table stage.${table} (like public.${table} including all)`,
    );
    await scene.target.query(
      `insert into stage.${table} select (r::public.${table}).* from unnest($1::text[]) as r`,
      [rows.map(({ row }) => row)],
    );
    const { rows: now } = await scene.source.query<{ position: string }>(SEEN_POSITION);
    await scene.target.query(
      `insert into sluice.chunk (table_id, epoch, n, relation, state, source_position)
       values ($1, 1, 0, 't', 'done', $2)`,
      [tableId, toPosition(now[0]?.position ?? '')],
    );
  }
});
