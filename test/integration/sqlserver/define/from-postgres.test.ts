import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TableModel } from '../../../../src/engines/contract/schema.js';
import { readSchema } from '../../../../src/engines/postgres/catalog/read-schema.js';
import type { SqlSession } from '../../../../src/engines/postgres/sql-session.js';
import { nativeTable } from '../../../../src/engines/sqlserver/catalog/native.js';
import { createDatabase, sharedPostgres } from '../../../support/postgres.js';
import type { TestDatabase } from '../../../support/postgres.js';
import { sessionOf } from '../../postgres/schema/sessions.js';
import { DefineScene, nameOf, OWNER } from './scene.js';

let scene: DefineScene;
let postgres: TestDatabase;
let session: SqlSession;

beforeAll(async () => {
  scene = await DefineScene.open('from pg');
  postgres = await createDatabase(sharedPostgres('18'), 'to sql server');
  session = sessionOf(postgres.url);
  await postgres.query(`
    create table parents (code text primary key, "Name" varchar(40) unique, made timestamptz)`);
  await postgres.query(`
    create table children (
      id bigint generated always as identity primary key,
      parent text references parents on delete cascade,
      price numeric(12, 3) not null, flag boolean, raw bytea, doc jsonb, key uuid,
      day date, "at" time(3), note text
    )`);
  await postgres.query('create index children_price on children (price desc)');
  await postgres.query('create table loose (id int primary key, amount numeric)');
});
afterAll(async () => {
  await session.close();
  await postgres.drop();
  await scene.close();
});

async function sourceModel(table: string): Promise<TableModel> {
  const { tables } = await readSchema(session);
  const found = tables.find(({ name }) => name.table === table);
  if (found === undefined) throw new Error(`${table} is not there.`);
  return found;
}

describe('a table of PostgreSQL', () => {
  it('is made with types that hold every value, its keys and its indexes', async () => {
    for (const table of ['parents', 'children']) {
      await scene.makeFrom(await sourceModel(table), nameOf(table));
    }
    const { columns, key } = await scene.model('target', 'children');
    expect(columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'id bigint',
      'parent nvarchar(850)',
      'price decimal(12,3)',
      'flag bit',
      'raw varbinary(max)',
      'doc nvarchar(max)',
      'key uniqueidentifier',
      'day date',
      'at time(3)',
      'note nvarchar(max)',
    ]);
    expect(key).toEqual(['id']);
    const parents = await scene.model('target', 'parents');
    expect(parents.columns.map(({ type }) => type)).toEqual([
      'nvarchar(850)',
      'nvarchar(40)',
      'datetimeoffset(6)',
    ]);
    const unique = nativeTable(parents).indexes.find(({ filtered }) => filtered);
    expect(unique).toMatchObject({ unique: true, name: 'parents_Name_key' });
  });

  it('gets its foreign keys, not enforced while rows stream in', async () => {
    const mappings = ['parents', 'children'].map((table) => ({
      source: { schema: 'public', table },
      target: nameOf(table),
    }));
    const changes = await scene.schema.finishSchema(await readSchema(session), mappings, OWNER);
    expect(changes.map(({ message }) => message)).toEqual([
      'foreign key [dbo].[children] [children_parent_fkey] was created.',
    ]);
  });

  it('is compared column by column, and refused by the name of what cannot be held', async () => {
    const options = { heal: true, owner: OWNER };
    const parents = await sourceModel('parents');
    const compared = await scene.schema.compareTable(parents, nameOf('parents'), options);
    expect(compared).toMatchObject({ exists: true, ours: true, changes: [] });
    const loose = await sourceModel('loose');
    await expect(scene.schema.prepareTable(loose, nameOf('loose'), OWNER)).rejects.toMatchObject({
      code: 'TYPE_UNSUPPORTED',
      message: expect.stringContaining('Column amount of public.loose') as unknown,
    });
  });
});
