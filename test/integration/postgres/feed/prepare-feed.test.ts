import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import type { TestDatabase } from '../../../support/postgres.js';
import { createDatabase, sharedPostgres, withServer } from '../../../support/postgres.js';
import type { FeedFixture } from './feed-fixture.js';
import { connectionTo, feedName, feedOn } from './feed-fixture.js';

const T = { schema: 'app', table: 't' };

describeEachPostgres('preparing the feed of PostgreSQL %s', (version) => {
  let db: TestDatabase;
  let fixture: FeedFixture;
  let name = feedName('prepare');
  const roles: string[] = [];

  beforeEach(async () => {
    const server = sharedPostgres(version);
    db = await createDatabase(server, 'feed_prepare');
    name = feedName(db.name.slice(-30));
    await db.query('CREATE SCHEMA app');
    await db.query('CREATE TABLE app.t (id int PRIMARY KEY, v text)');
    fixture = feedOn(connectionTo(server, db.name));
  });

  afterEach(async () => {
    await fixture.close();
    for (const role of roles.splice(0)) await db.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    await db.drop();
  });

  const asRole = async (attributes: string): Promise<FeedFixture> => {
    const role = `r_${db.name.slice(-8)}_${String(roles.length)}`;
    await db.query(`CREATE ROLE ${role} LOGIN ${attributes} PASSWORD 'pw'`);
    roles.push(role);
    const as = { user: role, password: () => 'pw' };
    return feedOn(connectionTo(sharedPostgres(version), db.name, as));
  };

  it('creates publication and slot once, and finds them the next time', async () => {
    const first = await fixture.feed.prepare(name);
    expect(first.created).toHaveLength(2);
    const second = await fixture.feed.prepare(name);
    expect(second).toEqual({ position: first.position, created: [] });
    const [row] = await db.query('SELECT pubviaroot FROM pg_publication');
    expect(row).toEqual({ pubviaroot: true });
  });

  it('drops only what it made', async () => {
    await fixture.feed.prepare(name);
    expect(await fixture.feed.drop(name)).toHaveLength(2);
    expect(await fixture.feed.drop(name)).toEqual([]);
    await db.query('CREATE PUBLICATION mine FOR TABLE app.t');
    await db.query(`SELECT pg_create_logical_replication_slot('${db.name}', 'pgoutput')`);
    const given = feedName('x', { publication: 'mine', slot: db.name });
    expect((await fixture.feed.prepare(given)).created).toEqual([]);
    await fixture.feed.addTables(given, [T]);
    expect(await fixture.feed.drop(given)).toEqual([]);
    expect(await db.query('SELECT pubname FROM pg_publication')).toHaveLength(1);
  });

  it('says which statements a DBA has to run when it may not create', async () => {
    const forbidden = { ...name, mayCreate: false };
    await expect(fixture.feed.prepare(forbidden)).rejects.toMatchObject({
      code: 'FEED_NOT_ENABLED',
      remedy: expect.stringContaining('CREATE PUBLICATION') as string,
    });
  });

  it('says which rights a minimal role lacks, one after the other', async () => {
    const plain = await asRole('');
    await expect(plain.feed.prepare(name)).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
      remedy: expect.stringContaining('GRANT CREATE ON DATABASE') as string,
    });
    await db.query(`GRANT CREATE ON DATABASE "${db.name}" TO ${roles[0] ?? ''}`);
    await expect(plain.feed.prepare(name)).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
      remedy: expect.stringContaining('WITH REPLICATION') as string,
    });
    await db.query(`ALTER ROLE ${roles[0] ?? ''} REPLICATION`);
    await plain.feed.prepare(name);
    await expect(plain.feed.addTables(name, [T])).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
      remedy: expect.stringContaining('ADD TABLE ONLY "app"."t"') as string,
    });
    await db.query(`ALTER SCHEMA app OWNER TO ${roles[0] ?? ''}`);
    await db.query(`ALTER TABLE app.t OWNER TO ${roles[0] ?? ''}`);
    await plain.feed.addTables(name, [T]);
    await plain.feed.drop(name);
    await plain.close();
  });

  it('refuses a table whose users could no longer update it', async () => {
    await fixture.feed.prepare(name);
    await db.query('CREATE TABLE app.nokey (id int)');
    await db.query(
      'CREATE TABLE app.late (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED, v text)',
    );
    await db.query('CREATE TABLE app.p (id int) PARTITION BY RANGE (id)');
    await db.query('CREATE TABLE app.p1 PARTITION OF app.p FOR VALUES FROM (0) TO (10)');
    await db.query('ALTER TABLE app.p1 ADD PRIMARY KEY (id)');
    for (const table of ['nokey', 'late', 'p']) {
      await expect(fixture.feed.addTables(name, [{ schema: 'app', table }])).rejects.toMatchObject({
        code: 'KEY_MISSING',
      });
    }
    await db.query('CREATE VIEW app.v AS SELECT 1 AS id');
    await db.query('CREATE UNLOGGED TABLE app.u (id int PRIMARY KEY)');
    for (const table of ['v', 'u']) {
      await expect(fixture.feed.addTables(name, [{ schema: 'app', table }])).rejects.toMatchObject({
        code: 'TYPE_UNSUPPORTED',
      });
    }
    await expect(
      fixture.feed.addTables(name, [{ schema: 'app', table: 'gone' }]),
    ).rejects.toMatchObject({ code: 'TABLE_MISSING' });
    expect(await db.query('SELECT 1 FROM pg_publication_rel')).toEqual([]);
    await db.query('ALTER TABLE app.nokey REPLICA IDENTITY FULL');
    await fixture.feed.addTables(name, [{ schema: 'app', table: 'nokey' }]);
    await db.query('UPDATE app.nokey SET id = 2');
  });

  it('refuses a table whose rows are named by generated columns, which the log does not have', async () => {
    await fixture.feed.prepare(name);
    const add = (table: string, of = name) =>
      fixture.feed.addTables(of, [{ schema: 'app', table }]);
    const refused = (column: string) => ({
      code: 'KEY_MISSING',
      message: expect.stringContaining(column) as string,
    });
    const twice = 'twice int GENERATED ALWAYS AS (id * 2) STORED';
    await db.query(`CREATE TABLE app.g (id int, ${twice}, v int, PRIMARY KEY (id, twice))`);
    await expect(add('g')).rejects.toMatchObject(refused('app.g.twice'));
    await db.query(`CREATE TABLE app.w (id int, ${twice})`);
    await db.query('ALTER TABLE app.w REPLICA IDENTITY FULL');
    if (version === '14') await add('w');
    else await expect(add('w')).rejects.toMatchObject(refused('app.w.twice'));
    await db.query(`CREATE TABLE app.beside (id int PRIMARY KEY, ${twice})`);
    await add('beside');
    for (const table of ['g', 'w', 'beside']) {
      await db.query(`INSERT INTO app.${table} (id) VALUES (1)`);
      await db.query(`UPDATE app.${table} SET id = 2`);
      await db.query(`DELETE FROM app.${table}`);
    }
    if (version === '14') return;
    await db.query(
      'CREATE PUBLICATION mine FOR TABLE app.w WITH (publish_generated_columns = stored)',
    );
    await add('w', feedName('x', { publication: 'mine' }));
    await db.query('INSERT INTO app.w (id) VALUES (1); UPDATE app.w SET id = 2');
  });

  it('adds and removes a table any number of times', async () => {
    await fixture.feed.prepare(name);
    await fixture.feed.addTables(name, [T]);
    await fixture.feed.addTables(name, [T, T]);
    expect(await db.query('SELECT 1 FROM pg_publication_rel')).toHaveLength(1);
    await fixture.feed.removeTables(name, [T, { schema: 'app', table: 'gone' }]);
    await fixture.feed.removeTables(name, [T]);
    expect(await db.query('SELECT 1 FROM pg_publication_rel')).toEqual([]);
  });

  it('gives a lock up in time and succeeds once it is free', async () => {
    await fixture.feed.prepare(name);
    const holder = await db.connect();
    await holder.query('BEGIN');
    await holder.query('LOCK TABLE app.t IN SHARE UPDATE EXCLUSIVE MODE');
    const once = feedOn(connectionTo(sharedPostgres(version), db.name), { lockAttempts: 1 });
    await expect(once.feed.addTables(name, [T])).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' });
    await once.close();
    const adding = fixture.feed.addTables(name, [T]);
    await holder.query('COMMIT');
    await adding;
    expect(await db.query('SELECT 1 FROM pg_publication_rel')).toHaveLength(1);
  });

  // On a server of its own: a slot waits for the transactions of every database.
  it('names the transaction that a new slot waits for', async () => {
    await withServer({ version }, async (server) => {
      const own = await createDatabase(server, 'feed_prepare');
      const writer = await own.connect();
      await writer.query('BEGIN');
      await writer.query('CREATE TABLE t (id int)');
      // Longer than a lock is waited for.
      const session = { lock_timeout: '100' };
      const to = connectionTo(server, own.name, { session });
      const hasty = feedOn(to, { slotTimeoutMs: 600 });
      await expect(hasty.feed.prepare(name)).rejects.toMatchObject({
        code: 'SERVER_BUSY',
        message: expect.stringMatching(/process \d+ .*open for \d+ s/) as string,
      });
      await hasty.close();
      await writer.query('COMMIT');
      const patient = feedOn(to);
      await patient.feed.prepare(name);
      await patient.feed.drop(name);
      await patient.close();
      await own.drop();
    });
  });

  it('refuses a publication that shows only a part', async () => {
    if (version === '14') return;
    await db.query('CREATE PUBLICATION mine FOR TABLE app.t WHERE (id > 5)');
    const given = feedName('x', { publication: 'mine' });
    await expect(fixture.feed.addTables(given, [T])).rejects.toMatchObject({
      code: 'FEED_NOT_ENABLED',
      message: expect.stringContaining('only some rows') as string,
    });
  });

  it('refuses to read a partitioned table leaf by leaf', async () => {
    await db.query('CREATE TABLE app.p (id int PRIMARY KEY) PARTITION BY RANGE (id)');
    await db.query('CREATE PUBLICATION mine FOR TABLE app.p');
    await expect(
      fixture.feed.addTables(feedName('x', { publication: 'mine' }), [
        { schema: 'app', table: 'p' },
      ]),
    ).rejects.toMatchObject({
      remedy: expect.stringContaining('publish_via_partition_root = true') as string,
    });
  });

  it('says how to make log changes possible, and how to get another slot', async () => {
    const settings = { wal_level: 'replica', max_replication_slots: '1' };
    await withServer({ version, settings }, async (server) => {
      const own = feedOn(connectionTo(server, 'postgres'));
      await expect(own.feed.prepare(name)).rejects.toMatchObject({
        code: 'FEED_NOT_ENABLED',
        remedy: expect.stringContaining("ALTER SYSTEM SET wal_level = 'logical'") as string,
      });
      await own.close();
    });
    await withServer({ version, settings: { max_replication_slots: '1' } }, async (server) => {
      const own = feedOn(connectionTo(server, 'postgres'));
      await own.feed.prepare(name);
      await expect(own.feed.prepare(feedName('other'))).rejects.toMatchObject({
        code: 'FEED_SLOT_LIMIT',
        message: expect.stringContaining('All 1 replication slots') as string,
      });
      await own.close();
    });
  });
});
