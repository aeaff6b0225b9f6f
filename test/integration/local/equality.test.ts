import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareSides } from '../../../src/local/demo/equality.js';
import { SqlClient } from '../../../src/local/demo/sql-client.js';
import type { TestDatabase } from '../../support/postgres.js';
import { createDatabase, sharedPostgres } from '../../support/postgres.js';

const SCHEMA = `
create table notes (id integer primary key, body text, at timestamptz);
insert into notes select n, 'note ' || n, timestamptz '2025-01-01 00:00+00' + n * interval '1 s'
  from generate_series(1, 500) n;
create table parts (id integer, month integer, primary key (id, month)) partition by list (month);
create table parts_1 partition of parts for values in (1);
create table parts_2 partition of parts for values in (2);
insert into parts select n, n % 2 + 1 from generate_series(1, 100) n;
create view late as select id from notes where id > 490`;

describe('the row-by-row comparison of the demo', () => {
  let databases: readonly TestDatabase[];
  let source: SqlClient;
  let target: SqlClient;

  beforeAll(async () => {
    const server = sharedPostgres('18');
    databases = [await createDatabase(server, 'left'), await createDatabase(server, 'right')];
    const clients = await Promise.all(databases.map(({ url }) => SqlClient.connect(url, 'test')));
    [source, target] = clients as [SqlClient, SqlClient];
    for (const client of clients) await client.run(SCHEMA);
  });
  afterAll(async () => {
    await source.close();
    await target.close();
    for (const database of databases) await database.drop();
  });

  /** What differs while the target is changed like this; changed back afterwards. */
  async function differences(change: string): Promise<Record<string, string>> {
    await target.run(`begin; ${change}`);
    try {
      const compared = await compareSides(source, target);
      return Object.fromEntries(
        compared.filter((one) => !one.equal).map((one) => [one.name, one.difference]),
      );
    } finally {
      await target.run('rollback');
    }
  }

  it('finds equal sides equal, with the rows of each side', async () => {
    const compared = await compareSides(source, target);
    expect(
      compared.map((one) => [one.name, one.sourceRows, one.targetRows, one.parts, one.equal]),
    ).toEqual([
      ['late', 10, 10, 1, true],
      ['parts', 100, 100, 2, true],
      ['notes', 500, 500, 1, true],
    ]);
  });

  it.each([
    ['a trailing space', `update notes set body = body || ' ' where id = 7`],
    ['NULL against an empty text', `update notes set body = '' where id = 7`],
    ['a microsecond', `update notes set at = at + interval '1 us' where id = 7`],
    ['a missing row', `delete from notes where id = 7`],
    ['an additional row', `insert into notes values (1000, 'x', now())`],
    ['two swapped rows', `update notes set body = 'note ' || 15 - id where id in (7, 8)`],
  ])('finds %s', async (what, change) => {
    if (what.startsWith('NULL')) await source.run('update notes set body = null where id = 7');
    const found = await differences(change);
    await source.run(`update notes set body = 'note 7' where id = 7`);
    expect(found.notes).toBe('rows differ in notes');
  });

  it('names the partition that differs', async () => {
    expect(await differences('delete from parts where id = 4')).toEqual({
      parts: 'rows differ in parts_1',
    });
  });

  it('finds a missing table, a missing view and a different column', async () => {
    expect(await differences('drop table parts')).toEqual({ parts: 'it is not on the target' });
    expect(await differences('drop view late')).toEqual({ late: 'it is not on the target' });
    expect(await differences('alter table notes alter at drop not null, add more text')).toEqual({
      notes: 'the columns differ',
    });
  });
});
