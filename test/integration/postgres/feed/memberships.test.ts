/** How tables are published, as a stream that goes on wants to find them again. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { FeedMembership } from '../../../../src/engines/contract/feed.js';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import type { TestDatabase } from '../../../support/postgres.js';
import { createDatabase, sharedPostgres } from '../../../support/postgres.js';
import type { FeedFixture } from './feed-fixture.js';
import { connectionTo, feedName, feedOn } from './feed-fixture.js';

const T = { schema: 'app', table: 't' };

describeEachPostgres('the memberships of PostgreSQL %s', (version) => {
  let db: TestDatabase;
  let fixture: FeedFixture;
  let name = feedName('memberships');

  beforeEach(async () => {
    const server = sharedPostgres(version);
    db = await createDatabase(server, 'feed_memberships');
    name = feedName(db.name.slice(-30));
    await db.query('CREATE SCHEMA app; CREATE TABLE app.t (id int PRIMARY KEY, v text)');
    fixture = feedOn(connectionTo(server, db.name));
    await fixture.feed.prepare(name);
    await fixture.feed.addTables(name, [T]);
  });
  afterEach(async () => {
    await fixture.feed.drop(name);
    await fixture.close();
    await db.drop();
  });

  async function present(): Promise<FeedMembership> {
    const [one] = await fixture.feed.memberships(name, [T]);
    if (one === undefined) throw new Error('the table has none');
    return one;
  }

  it('stay the same while nothing happens, and have another mark when it was put back', async () => {
    const first = await present();
    expect(first).toMatchObject({ table: T, harm: null });
    expect(first.mark).not.toBeNull();
    await db.query('ALTER TABLE app.t ADD w int');
    await db.query('INSERT INTO app.t VALUES (1)');
    expect(await present()).toEqual(first);
    await fixture.feed.removeTables(name, [T]);
    await fixture.feed.addTables(name, [T]);
    expect((await present()).mark).not.toBe(first.mark);
  });

  it('say that generated columns came to name its rows, which the server or the stream refuses', async () => {
    await db.query(`ALTER TABLE app.t ADD twice int GENERATED ALWAYS AS (id * 2) STORED;
      ALTER TABLE app.t REPLICA IDENTITY FULL`);
    // Only from version 18 on its users' UPDATE fails.
    if (version === '14') expect((await present()).harm).toBeNull();
    else expect((await present()).harm).toContain('(app.t.twice)');
    await db.query(`ALTER TABLE app.t REPLICA IDENTITY DEFAULT, DROP CONSTRAINT t_pkey,
      ADD PRIMARY KEY (id, twice)`);
    expect((await present()).harm).toContain('(app.t.twice)');
  });

  it('say that a table lost the key by which the log names its rows', async () => {
    await db.query('ALTER TABLE app.t DROP CONSTRAINT t_pkey');
    expect((await present()).harm).toBe(
      'app.t lost the key by which the log names its rows (app.t).',
    );
  });
});
