import { afterEach, beforeEach, expect, it } from 'vitest';
import type { FeedReader } from '../../../../src/engines/contract/feed.js';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import type { TestDatabase } from '../../../support/postgres.js';
import { createDatabase, sharedPostgres } from '../../../support/postgres.js';
import { waitFor } from '../../../support/wait-for.js';
import type { FeedFixture } from './feed-fixture.js';
import {
  IDLE_MS,
  OPTIONS,
  changesOf,
  commits,
  connectionTo,
  feedName,
  feedOn,
  readUntil,
  show,
} from './feed-fixture.js';

const T = { schema: 'app', table: 't' };

describeEachPostgres('reading the feed of PostgreSQL %s', (version) => {
  let db: TestDatabase;
  let fixture: FeedFixture;
  let reader: FeedReader | undefined;
  let name = feedName('read');

  beforeEach(async () => {
    const server = sharedPostgres(version);
    db = await createDatabase(server, 'feed_read');
    name = feedName(db.name.replaceAll('_', '-').slice(-30));
    await db.query('CREATE SCHEMA app');
    await db.query('CREATE TABLE app.t (id int PRIMARY KEY, v text)');
    fixture = feedOn(connectionTo(server, db.name));
  });

  afterEach(async () => {
    await reader?.close();
    reader = undefined;
    await fixture.close();
    await db.drop();
  });

  const start = async (tables = [T]): Promise<string> => {
    const { position } = await fixture.feed.prepare(name);
    await fixture.feed.addTables(name, tables);
    reader = await fixture.feed.open(name, position, OPTIONS);
    return position;
  };
  const read = async (transactions: number) => {
    if (reader === undefined) throw new Error('not started');
    return readUntil(reader, (events) => commits(events) >= transactions);
  };

  it('delivers insert, update, key change, delete and truncate in commit order', async () => {
    await start();
    await db.query("INSERT INTO app.t VALUES (1, 'a'), (2, NULL)");
    await db.query("UPDATE app.t SET v = 'b' WHERE id = 1");
    await db.query('UPDATE app.t SET id = 3 WHERE id = 2');
    await db.query('DELETE FROM app.t WHERE id = 3');
    await db.query('TRUNCATE app.t');
    const events = await read(5);
    const changes = changesOf(events);
    expect(changes.map(show)).toEqual([
      'i app.t 1,a',
      'i app.t 2,null',
      'u app.t 1,b',
      'u app.t 3,null',
      'd app.t 3,null',
      't app.t ',
    ]);
    expect(changes[3]?.oldKey?.[0]).toEqual(Buffer.from([0, 0, 0, 2]));
    expect(new Set(changes.map((change) => change.shape)).size).toBe(1);
    expect(changes[0]?.shape.columns.map((column) => column.key)).toEqual([true, false]);
  });

  it('continues after what was acknowledged, and delivers the rest again', async () => {
    await start();
    await db.query("INSERT INTO app.t VALUES (1, 'a')");
    await db.query("INSERT INTO app.t VALUES (2, 'b')");
    const events = await read(2);
    const positions = events.flatMap((event) => (event.kind === 'commit' ? event.position : []));
    expect([...positions].sort()).toEqual(positions);
    reader?.acknowledge(positions[0] ?? '');
    await reader?.close();
    reader = await fixture.feed.open(name, positions[0] ?? '', OPTIONS);
    expect(changesOf(await read(1)).map(show)).toEqual(['i app.t 2,b']);
  });

  it('delivers one large transaction in several parts before its commit', async () => {
    await start();
    await db.query(
      "INSERT INTO app.t SELECT n, repeat('x', 500) FROM generate_series(1, 20000) AS n",
    );
    const events = await read(1);
    // A reader that stalls gives it from its beginning again.
    const whole = events.slice(events.findLastIndex((event) => event.kind === 'discard') + 1);
    expect(changesOf(whole)).toHaveLength(20_000);
    expect(events.filter((event) => event.kind === 'changes').length).toBeGreaterThan(3);
    expect(events.at(-1)?.kind).toBe('commit');
  });

  it('marks a large value that an update left alone', async () => {
    await db.query('ALTER TABLE app.t ADD big text');
    await db.query('ALTER TABLE app.t ALTER big SET STORAGE EXTERNAL');
    await db.query("INSERT INTO app.t VALUES (1, 'a', repeat('x', 9000))");
    await start();
    await db.query("UPDATE app.t SET v = 'b' WHERE id = 1");
    expect(changesOf(await read(1)).map(show)).toEqual(['u app.t 1,b,unchanged']);
  });

  it('publishes a partitioned table under its own name', async () => {
    await db.query('CREATE TABLE app.p (id int PRIMARY KEY, v text) PARTITION BY RANGE (id)');
    await db.query('CREATE TABLE app.p1 PARTITION OF app.p FOR VALUES FROM (0) TO (10)');
    await start([{ schema: 'app', table: 'p' }]);
    await db.query("INSERT INTO app.p VALUES (1, 'a')");
    await db.query('TRUNCATE app.p');
    expect(changesOf(await read(2)).map(show)).toEqual(['i app.p 1,a', 't app.p ']);
  });

  it('moves the checkpoint while others write, seldom and not because of itself', async () => {
    const from = await start();
    await db.query('CREATE TABLE app.other (id int)');
    await db.query('INSERT INTO app.other VALUES (1)');
    const end = await fixture.feed.end();
    const began = Date.now();
    const events = await readUntil(reader!, (all) =>
      all.some((event) => event.kind === 'idle' && event.position >= end),
    );
    expect(commits(events)).toBe(0);
    const idle = events.flatMap((event) => (event.kind === 'idle' ? event.position : []));
    expect(idle.every((position) => position > from)).toBe(true);
    // Also of what other databases write meanwhile; one more may have come before.
    expect(idle.length).toBeLessThanOrEqual((Date.now() - began) / IDLE_MS + 2);
    expect(fixture.feed.distance(from, end)).toBeGreaterThan(0);
  });

  it('tells an idle position at once to a reader that waits for it', async () => {
    const { feed, close } = feedOn(connectionTo(sharedPostgres(version), db.name), {
      idleIntervalMs: 600_000,
    });
    const { position } = await feed.prepare(name);
    reader = await feed.open(name, position, OPTIONS);
    for (let round = 0; round < 3; round += 1) {
      await db.query(`CREATE TABLE app.other${String(round)} (id int)`);
      const end = await feed.end();
      await waitFor('the position is told', async () => {
        const events = await reader?.read(100, true);
        return events?.some((event) => event.kind === 'idle' && event.position >= end);
      });
    }
    await close();
  });

  it('announces a new shape after a column was added', async () => {
    await start();
    await db.query("INSERT INTO app.t VALUES (1, 'a')");
    await db.query('ALTER TABLE app.t ADD w int');
    await db.query("INSERT INTO app.t VALUES (2, 'b', 7)");
    const changes = changesOf(await read(2));
    expect(changes.map(show)).toEqual(['i app.t 1,a', 'i app.t 2,b,7']);
    expect(changes[0]?.shape).not.toBe(changes[1]?.shape);
  });

  it.each([
    ['regclass', "'app.t'", 'app.t'],
    ['regclass[]', "'{app.t}'", '{app.t}'],
    ['app.pointer', "'app.t'", 'app.t'],
    ['aclitem[]', "'{=r/pg_monitor}'", '{=r/pg_monitor}'],
  ])('sends a column that became %s as text, from its first row on', async (type, value, text) => {
    await db.query('CREATE DOMAIN app.pointer AS regclass; SET search_path = app');
    await start();
    await db.query("INSERT INTO app.t VALUES (1, 'a')");
    const [before] = changesOf(await read(1));
    expect(before?.formats).toBeNull();
    await db.query(`ALTER TABLE app.t ADD w ${type}`);
    await db.query(`BEGIN; INSERT INTO app.t VALUES (2, 'b', NULL);
      INSERT INTO app.t VALUES (3, 'c', ${value}); COMMIT`);
    const events = await read(1);
    const discard = events.findIndex((event) => event.kind === 'discard');
    const [second, third] = changesOf(events.slice(discard + 1));
    expect(discard).toBeGreaterThanOrEqual(0);
    expect(commits(events.slice(0, discard))).toBe(0);
    expect(second?.row).toEqual([Buffer.from('2'), Buffer.from('b'), null]);
    expect(third?.row?.[2]?.toString()).toBe(text);
    expect([...(third?.formats ?? [])]).toEqual([0, 0, 0]);
  });

  it('tells another engine that a table is lost to it, and goes on with the others', async () => {
    await db.query('CREATE TABLE app.good (id int PRIMARY KEY)');
    const { position } = await fixture.feed.prepare(name);
    await fixture.feed.addTables(name, [T, { schema: 'app', table: 'good' }]);
    reader = await fixture.feed.open(name, position, { ...OPTIONS, wire: 'neutral' });
    await db.query("INSERT INTO app.t VALUES (1, 'a')");
    await db.query('ALTER TABLE app.t ADD w int4range');
    await db.query(
      "BEGIN; INSERT INTO app.good VALUES (1); INSERT INTO app.t VALUES (2, 'b'); COMMIT",
    );
    await db.query("INSERT INTO app.t VALUES (3, 'c')");
    await db.query('ALTER TABLE app.t DROP w');
    await db.query("INSERT INTO app.t VALUES (4, 'd')");
    const events = await read(4);
    const lost = events.filter((event) => event.kind === 'lost');
    // Once for each of its changes, or for several that came together.
    expect(lost.length).toBeGreaterThanOrEqual(1);
    for (const { table, reason } of lost) {
      expect([table, /column (\w+)/.exec(reason)?.[1]]).toEqual([T, 'w']);
    }
    expect(changesOf(events).map(show)).toEqual(['i app.t 1,a', 'i app.good 1', 'i app.t 4,d']);
  });

  it('takes the slot over from a reader that did not go', async () => {
    const position = await start();
    const second = await fixture.feed.open(name, position, OPTIONS);
    await db.query("INSERT INTO app.t VALUES (1, 'a')");
    const events = await readUntil(second, (all) => commits(all) === 1);
    expect(changesOf(events).map(show)).toEqual(['i app.t 1,a']);
    await expect(readUntil(reader!, () => false, 5_000)).rejects.toMatchObject({
      cause: { code: 'CONNECTION_LOST' },
    });
    await second.close();
  });
});
