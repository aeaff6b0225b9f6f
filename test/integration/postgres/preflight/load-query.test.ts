import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SourceCare } from '../../../../src/engines/contract/care.js';
import { openSourceCare } from '../../../../src/engines/postgres/care/source-care.js';
import { SqlSession } from '../../../../src/engines/postgres/sql-session.js';
import type { TestDatabase } from '../../../support/postgres.js';
import { createDatabase, sharedPostgres } from '../../../support/postgres.js';
import { connectionTo } from '../feed/feed-fixture.js';

const LIMIT_MS = 500;
const REFUSED = {
  code: 'CONFIG_INVALID',
  message: expect.stringContaining('source.care.loadQuery') as unknown,
  remedy: expect.stringContaining('one number') as unknown,
};

describe('the load query of a PostgreSQL source', () => {
  let db: TestDatabase;
  let session: SqlSession;
  let care: SourceCare;

  beforeAll(async () => {
    const server = sharedPostgres('18');
    db = await createDatabase(server, 'load-query');
    session = new SqlSession(connectionTo(server, db.name), 'source');
    care = openSourceCare(session, LIMIT_MS);
  });
  afterAll(async () => {
    await session.close();
    await db.drop();
  });

  it('is ended when a statement on the source has run for as long as it may', async () => {
    await expect(care.load('select 1 from pg_sleep(30)')).rejects.toMatchObject({
      code: 'SERVER_BUSY',
      remedy: expect.stringContaining('of its care') as unknown,
    });
    expect(await care.load('select 7')).toBe(7);
  });

  it.each([
    ['text', `select 'idle'`],
    ['a number that is none', `select 'NaN'::float8`],
    ['an interval', `select interval '1 s'`],
    ['a boolean', 'select true'],
  ])('is refused where it returns %s', async (_, query) => {
    await expect(care.load(query)).rejects.toMatchObject(REFUSED);
  });

  it.each([
    ['a decimal', 'select 7.25::numeric(5, 2)', 7.25],
    ['a bigint', 'select 3000000000::bigint', 3_000_000_000],
    ['NULL', 'select null::int', null],
    ['no row', 'select 1 where false', null],
  ])('may return %s', async (_, query, load) => {
    expect(await care.load(query)).toBe(load);
  });
});
