import { afterAll, beforeAll, expect, it } from 'vitest';
import { readNotFollowed } from '../../../../src/engines/postgres/catalog/not-followed.js';
import type { PgSchema } from '../../../../src/engines/postgres/catalog/read-schema.js';
import { readSchema } from '../../../../src/engines/postgres/catalog/read-schema.js';
import { readTables } from '../../../../src/engines/postgres/catalog/read-tables.js';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import { createDatabase, sharedPostgres } from '../../../support/postgres.js';
import type { TestDatabase } from '../../../support/postgres.js';
import { sessionOf } from './sessions.js';

const SETUP = `
CREATE EXTENSION file_fdw; CREATE EXTENSION lo; CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
CREATE UNLOGGED TABLE quick (id int PRIMARY KEY);
CREATE FOREIGN TABLE remote (a text) SERVER files OPTIONS (filename '/dev/null');
CREATE TABLE good (id int PRIMARY KEY, n int);
CREATE MATERIALIZED VIEW summary AS SELECT count(*) FROM good;
CREATE TABLE pictures (id int PRIMARY KEY, body lo, other oid);
CREATE TABLE keyless (a int);
CREATE TABLE deferred (a int PRIMARY KEY DEFERRABLE);
CREATE TABLE silent (a int PRIMARY KEY);
ALTER TABLE silent REPLICA IDENTITY NOTHING;
CREATE TABLE secret (id int PRIMARY KEY);
ALTER TABLE secret ENABLE ROW LEVEL SECURITY;
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (PRIMARY KEY (id)) INHERITS (parent);
CREATE TABLE computed (id int PRIMARY KEY, d int GENERATED ALWAYS AS (id + 1) STORED);
CREATE TABLE half (id int, d int GENERATED ALWAYS AS (id + 1) STORED, PRIMARY KEY (id, d));
CREATE TABLE rows (id int PRIMARY KEY, g good[]);
CREATE TABLE tree (id int PRIMARY KEY) PARTITION BY LIST (id);
CREATE TABLE leaf PARTITION OF tree FOR VALUES IN (1);
ALTER TABLE leaf REPLICA IDENTITY FULL;
CREATE SCHEMA sluice_stage_9; CREATE TABLE sluice_stage_9.good (id int);
SELECT lo_create(0);`;

describeEachPostgres('the tables of PostgreSQL %s', (version) => {
  let source: TestDatabase;
  let schema: PgSchema;

  beforeAll(async () => {
    source = await createDatabase(sharedPostgres(version), 'findings');
    const user = await source.connect();
    await user.query(SETUP);
    await user.query('CREATE TEMPORARY TABLE passing (id int)');
    const session = sessionOf(source.url);
    schema = await readSchema(session);
    await session.close();
  });

  afterAll(async () => {
    await source.drop();
  });

  it('say why they cannot follow, or what will be different, each with a remedy', () => {
    const said = schema.tables.map(({ name, key, findings }) => {
      const notes = findings.map(({ severity, code }) => `${severity} ${code}`);
      return [name.table, key?.join() ?? null, ...notes];
    });
    expect(said).toEqual([
      ['child', 'id', 'warning table.inheritance'],
      ['computed', 'id', 'info table.generated'],
      ['deferred', null, 'warning table.no-key'],
      ['good', 'id'],
      ['half', null, 'warning table.no-key', 'info table.generated'],
      ['keyless', null, 'warning table.no-key'],
      ['parent', 'id', 'warning table.inheritance'],
      ['pictures', 'id', 'warning table.large-object', 'info table.large-object'],
      ['quick', 'id', 'error table.unlogged'],
      ['remote', null, 'error table.foreign'],
      ['rows', 'id', 'error table.unsupported-type'],
      ['secret', 'id', 'warning table.row-security'],
      ['silent', null, 'warning table.no-key'],
      ['summary', null, 'error table.materialized-view'],
      ['tree', null, 'warning table.no-key'],
    ]);
    const unmended = schema.tables
      .flatMap(({ findings }) => findings)
      .filter(({ severity, remedy }) => severity !== 'info' && remedy === undefined);
    expect(unmended).toEqual([]);
  });

  it('do not include what belongs to sessions, which is named for the whole database', () => {
    expect(schema.findings.map(({ code }) => code)).toEqual([
      'database.large-objects',
      'database.temporary-tables',
    ]);
  });

  it('come with a word for every kind of object that does not follow', async () => {
    await source.query(`
      CREATE STATISTICS pair (dependencies) ON id, n FROM good;
      CREATE AGGREGATE total (int) (SFUNC = int4pl, STYPE = int);
      CREATE TYPE mood AS ENUM ('a'); CREATE TYPE other AS ENUM ('a');
      CREATE CAST (mood AS other) WITH INOUT;
      CREATE POLICY few ON secret USING (id > 1);
      CREATE RULE quiet AS ON DELETE TO good DO INSTEAD NOTHING;
      CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
      CREATE TRIGGER watch AFTER INSERT ON good FOR EACH ROW EXECUTE FUNCTION f();
      CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq);
      CREATE TEXT SEARCH CONFIGURATION plain (COPY = simple);`);
    const session = sessionOf(source.url);
    const found = await readNotFollowed(session.query);
    await session.close();
    expect(found.map(({ code, severity }) => `${severity} ${code}`)).toEqual([
      'warning database.aggregates',
      'warning database.casts',
      'warning database.operators',
      'warning database.policies',
      'warning database.rules',
      'warning database.statistics',
      'warning database.text-search-configurations',
      'info database.triggers',
    ]);
    const text = found.map(({ message }) => message).join(' ');
    expect(text).toContain('Extended statistics do not follow to the target: public.pair.');
    expect(text).toContain('public.secret few');
    await source.query(`DROP RULE quiet ON good; DROP TRIGGER watch ON good; DROP STATISTICS pair`);
  });

  it('have another fingerprint after each change that makes rows mean something else', async () => {
    const session = sessionOf(source.url);
    const print = async () => {
      const name = { schema: 'public', table: 'good' };
      const [model] = await readTables(session, { only: [name], requires: false });
      return model?.fingerprint;
    };
    const before = await print();
    await source.query('CREATE INDEX ON good (n); COMMENT ON TABLE good IS $$x$$; ANALYZE good');
    expect(await print()).toBe(before);
    const seen = new Set([before]);
    const changes = [
      'ALTER TABLE good RENAME n TO m',
      'ALTER TABLE good ADD x int',
      `ALTER TABLE good ALTER x SET DEFAULT 5`,
      'ALTER TABLE good ALTER x SET NOT NULL',
      'TRUNCATE good',
      'ALTER TABLE good REPLICA IDENTITY FULL',
      'DROP TABLE good CASCADE; CREATE TABLE good (id int PRIMARY KEY, m int, x int NOT NULL)',
    ];
    for (const change of changes) {
      await source.query(change);
      expect([change, seen.size === seen.add(await print()).size]).toEqual([change, false]);
    }
    await session.close();
  });
});
