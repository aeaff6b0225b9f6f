/** What the source's owner changes while its catalogue is read, which takes several queries. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readSchema } from '../../../../src/engines/postgres/catalog/read-schema.js';
import { SqlSession, type Query } from '../../../../src/engines/postgres/sql-session.js';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import { createDatabase, sharedPostgres } from '../../../support/postgres.js';
import type { TestDatabase } from '../../../support/postgres.js';
import { connectionOf, sessionOf } from './sessions.js';

const BEFORE = `
  CREATE DOMAIN "d""1" AS int CONSTRAINT small CHECK (value < 10);
  CREATE TABLE "t %s" (id int PRIMARY KEY, v "d""1", w int CONSTRAINT positive CHECK (w > 0));
  CREATE INDEX by_v ON "t %s" (v);
  CREATE INDEX by_w ON "t %s" (w);
  CREATE TABLE other (id int PRIMARY KEY, t int REFERENCES "t %s");
  CREATE VIEW seen AS SELECT id FROM other;
  CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'select 1'`;

/** Each with a word of the query before which it comes. */
const CHANGES: readonly [change: string, when: RegExp][] = [
  ['ALTER TABLE "t %s" DROP CONSTRAINT positive', /pg_get_constraintdef[^]*confrelid/],
  ['DROP INDEX by_v', /pg_get_indexdef/],
  ['ALTER INDEX by_w RENAME TO "by ""w"', /pg_get_indexdef/],
  ['ALTER DOMAIN "d""1" DROP CONSTRAINT small', /contypid/],
  ['DROP FUNCTION one()', /pg_get_functiondef/],
  ['DROP VIEW seen', /pg_get_viewdef/],
  ['DROP TABLE other', /pg_get_indexdef/],
  ['ALTER TABLE "t %s" RENAME TO "t 2"', /pg_get_indexdef/],
];

/** Lets somebody else make one change before a statement. */
class Interrupted extends SqlSession {
  constructor(
    private readonly database: TestDatabase,
    private readonly when: RegExp,
    private change: string | null,
  ) {
    super(connectionOf(database.url), 'state');
  }

  override async transaction<T>(work: (query: Query) => Promise<T>): Promise<T> {
    return super.transaction(async (query) => {
      const late: Query = async (sql, values) => {
        const { change } = this;
        if (change !== null && this.when.test(sql)) {
          this.change = null;
          await this.database.query(change);
        }
        return query(sql, values);
      };
      return work(late);
    });
  }

  get isChanged(): boolean {
    return this.change === null;
  }
}

describeEachPostgres('a catalogue that changes on PostgreSQL %s', (version) => {
  let source: TestDatabase;

  beforeAll(async () => {
    source = await createDatabase(sharedPostgres(version), 'changed meanwhile');
    await source.query(BEFORE);
  });
  afterAll(async () => source.drop());

  it.each(CHANGES)('is read as before or after %s', async (change, when) => {
    const session = new Interrupted(source, when, change);
    const quiet = sessionOf(source.url);
    const before = JSON.stringify(await readSchema(quiet));
    const seen = JSON.stringify(await readSchema(session));
    expect(session.isChanged).toBe(true);
    expect([before, JSON.stringify(await readSchema(quiet))]).toContain(seen);
    await Promise.all([session.close(), quiet.close()]);
  });
});
