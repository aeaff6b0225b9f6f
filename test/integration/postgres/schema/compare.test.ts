import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TableModel } from '../../../../src/engines/contract/schema.js';
import { readTables } from '../../../../src/engines/postgres/catalog/read-tables.js';
import { PgSchemaTarget } from '../../../../src/engines/postgres/define/schema-target.js';
import type { SqlSession } from '../../../../src/engines/postgres/sql-session.js';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import { createDatabase, sharedPostgres } from '../../../support/postgres.js';
import type { TestDatabase } from '../../../support/postgres.js';
import { bootstrap, makeState, OWNER } from './bootstrap.js';
import { sessionOf } from './sessions.js';

const NAME = { schema: 'public', table: 't' };

describeEachPostgres('an existing table on PostgreSQL %s', (version) => {
  let source: TestDatabase;
  let target: TestDatabase;
  let from: SqlSession;
  let to: SqlSession;

  beforeAll(async () => {
    source = await createDatabase(sharedPostgres(version), 'compare source');
    target = await createDatabase(sharedPostgres(version), 'compare target');
    await makeState(target);
    from = sessionOf(source.url);
    to = sessionOf(target.url);
  });

  afterAll(async () => {
    await Promise.all([from.close(), to.close()]);
    await Promise.all([source.drop(), target.drop()]);
  });

  const readSource = async (): Promise<TableModel> => {
    const [model] = await readTables(from, { only: [NAME] });
    if (model === undefined) throw new Error('the source table is missing');
    return model;
  };
  const compare = async (heal = true) =>
    new PgSchemaTarget(to).compareTable(await readSource(), NAME, { heal, owner: OWNER });
  const start = async (sql: string) => {
    await source.query(`DROP TABLE IF EXISTS public.t CASCADE; ${sql}`);
    await target.query('DROP TABLE IF EXISTS public.t CASCADE');
    await bootstrap(to, await readSource(), NAME);
    await compare();
  };

  it('is not there, is ours, has rows: as the server says', async () => {
    await source.query('CREATE TABLE public.t (id int PRIMARY KEY)');
    expect(await compare()).toEqual({ exists: false, rows: 'none', ours: false, changes: [] });
    await bootstrap(to, await readSource(), NAME);
    expect(await compare()).toEqual({ exists: true, rows: 'none', ours: true, changes: [] });
    await target.query('INSERT INTO public.t VALUES (1); DELETE FROM sluice.owned');
    expect(await compare(false)).toMatchObject({ rows: 'some', ours: false });
  });

  it('follows columns that are added, renamed and dropped, and keeps its rows', async () => {
    await start('CREATE TABLE public.t (id int PRIMARY KEY, a int, b text)');
    await target.query(`INSERT INTO public.t VALUES (1, 2, 'x')`);
    await source.query(`ALTER TABLE public.t RENAME id TO key;
      ALTER TABLE public.t RENAME b TO "b ü"; ALTER TABLE public.t DROP a;
      ALTER TABLE public.t ADD c text NOT NULL DEFAULT 'it''s', ADD d numeric(5,2), ADD e int NOT NULL,
        ADD f int GENERATED ALWAYS AS (key * 2) STORED`);
    const { changes } = await compare();
    expect(changes.map(({ action }) => action)).toEqual(Array(7).fill('altered'));
    expect(await target.query('SELECT * FROM public.t')).toEqual([
      { key: 1, 'b ü': 'x', c: "it's", d: null, e: null, f: 2 },
    ]);
    expect((await compare()).changes.map(({ message }) => message)).toEqual([
      'public.t allows NULL in column e, the source does not.',
    ]);
  });

  it('gets partitions that the source got', async () => {
    await start(`CREATE TABLE public.t (id int, k int, PRIMARY KEY (id, k)) PARTITION BY LIST (k);
      CREATE TABLE public.t_1 PARTITION OF public.t FOR VALUES IN (1)`);
    await source.query(`CREATE TABLE public.t_2 PARTITION OF public.t FOR VALUES IN (2) PARTITION BY RANGE (id);
      CREATE TABLE public."t.2 a" PARTITION OF public.t_2 FOR VALUES FROM (0) TO (10)`);
    await compare();
    await source.query(`CREATE TABLE public.t_2_b PARTITION OF public.t_2 DEFAULT`);
    await compare();
    expect((await compare()).changes).toEqual([]);
    await target.query('INSERT INTO public.t VALUES (5, 2), (50, 2)');
    expect(await target.query('SELECT id FROM public.t_2_b')).toEqual([{ id: 50 }]);
    await source.query('ALTER TABLE public.t DETACH PARTITION public.t_1; DROP TABLE public.t_1');
    await expect(compare()).rejects.toThrow(/has the partition t_1/);
  });

  it.each([
    [
      'ALTER TABLE public.t ALTER v TYPE text',
      /column v as character varying\(5\), the source as text/,
    ],
    [`ALTER TABLE public.t ADD at timestamptz DEFAULT now()`, /lacks column at/],
    ['ALTER TABLE public.t ADD s serial', /lacks column s/],
    [
      'ALTER TABLE public.t DROP CONSTRAINT t_pkey, ADD PRIMARY KEY (v)',
      /no unique index on the key \(v\)/,
    ],
  ])('is refused by column after: %s', async (sql, message) => {
    await start('CREATE TABLE public.t (id int PRIMARY KEY, v varchar(5) NOT NULL)');
    await source.query(sql);
    await expect(compare()).rejects.toMatchObject({ code: 'SCHEMA_MISMATCH' });
    await expect(compare()).rejects.toThrow(message);
  });

  it('is altered only when asked, and a view of its name is a collision', async () => {
    await start('CREATE TABLE public.t (id int PRIMARY KEY)');
    await source.query('ALTER TABLE public.t ADD n int');
    await expect(compare(false)).rejects.toThrow(/lacks column n/);
    await target.query('DROP TABLE public.t; CREATE VIEW public.t AS SELECT 1 AS id');
    await expect(compare()).rejects.toMatchObject({ code: 'TARGET_COLLISION' });
    await target.query('DROP VIEW public.t');
  });
});
