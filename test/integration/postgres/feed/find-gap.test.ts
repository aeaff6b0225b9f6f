import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { TestDatabase } from '../../../support/postgres.js';
import { createDatabase, sharedPostgres, withServer } from '../../../support/postgres.js';
import { readIdentity } from '../../../../src/engines/postgres/feed/lineage.js';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import { waitFor } from '../../../support/wait-for.js';
import type { FeedFixture } from './feed-fixture.js';
import { OPTIONS, commits, connectionTo, feedName, feedOn, readUntil } from './feed-fixture.js';

const T = { schema: 'app', table: 't' };

describeEachPostgres('a checkpoint that does not fit PostgreSQL %s', (version) => {
  let db: TestDatabase;
  let fixture: FeedFixture;
  let name = feedName('gap');
  let checkpoint = { position: '', lineage: '' };

  beforeEach(async () => {
    const server = sharedPostgres(version);
    db = await createDatabase(server, 'feed_gap');
    name = feedName(db.name.slice(-30));
    await db.query('CREATE SCHEMA app');
    await db.query('CREATE TABLE app.t (id int PRIMARY KEY, v text)');
    fixture = feedOn(connectionTo(server, db.name));
    const { position } = await fixture.feed.prepare(name);
    await fixture.feed.addTables(name, [T]);
    checkpoint = { position, lineage: (await readIdentity(fixture.session)).lineage };
  });

  afterEach(async () => {
    await fixture.close();
    await db.drop();
  });

  const slot = async (): Promise<string> => {
    const sql = 'SELECT slot_name FROM pg_replication_slots WHERE database = current_database()';
    const [row] = await db.query<{ slot_name: string }>(sql);
    return row?.slot_name ?? '';
  };

  it('is none as long as slot, log and checkpoint meet', async () => {
    expect(await fixture.feed.findGap(name, checkpoint)).toBeNull();
    await db.query("INSERT INTO app.t VALUES (1, 'a')");
    const position = await fixture.feed.end();
    expect(await fixture.feed.findGap(name, { ...checkpoint, position })).toBeNull();
  });

  it('is found when the slot was advanced by hand, and the feed does not open', async () => {
    await db.query("INSERT INTO app.t VALUES (1, 'a')");
    await db.query('SELECT pg_replication_slot_advance($1, pg_current_wal_lsn())', [await slot()]);
    const gap = await fixture.feed.findGap(name, checkpoint);
    expect(gap?.reason).toContain("has moved past the target's position");
    await expect(fixture.feed.open(name, checkpoint.position, OPTIONS)).rejects.toMatchObject({
      code: 'FEED_GAP',
    });
  });

  it('is found when the slot was dropped, and when it was made again', async () => {
    await db.query('SELECT pg_drop_replication_slot($1)', [await slot()]);
    expect((await fixture.feed.findGap(name, checkpoint))?.reason).toContain('does not exist');
    await db.query("INSERT INTO app.t VALUES (1, 'a')");
    await fixture.feed.prepare(name);
    expect((await fixture.feed.findGap(name, checkpoint))?.reason).toContain('made again');
  });

  it('is found when the target went back to an earlier time', async () => {
    const reader = await fixture.feed.open(name, checkpoint.position, OPTIONS);
    await db.query("INSERT INTO app.t VALUES (1, 'a')");
    const events = await readUntil(reader, (all) => commits(all) === 1);
    const commit = events.find((event) => event.kind === 'commit');
    reader.acknowledge(commit?.position ?? '');
    await reader.close();
    const restored = await fixture.feed.findGap(name, checkpoint);
    expect(restored?.reason).toContain('restored to an earlier time');
  });

  it('is none where the former reader confirms while its slot is taken from it', async () => {
    const reader = await fixture.feed.open(name, checkpoint.position, OPTIONS);
    await db.query("INSERT INTO app.t VALUES (1, 'a')");
    const events = await readUntil(reader, (all) => commits(all) === 1);
    const commit = events.find((event) => event.kind === 'commit');
    const position = commit?.position ?? '';
    const { query } = fixture.session;
    let confirmed = false;
    vi.spyOn(fixture.session, 'query').mockImplementation(async (sql, values) => {
      if (!confirmed && sql.includes('peek_binary_changes')) {
        confirmed = true;
        reader.acknowledge(position);
        await reader.close();
      }
      return query(sql, values);
    });
    const last = { position, time: commit?.time ?? null };
    expect(await fixture.feed.findGap(name, { ...checkpoint, position, last })).toBeNull();
    expect(confirmed).toBe(true);
  });

  it('is found when the publication, the server or its end is another one', async () => {
    const far = { ...checkpoint, position: 'FFFFFFFF/00000000' };
    expect((await fixture.feed.findGap(name, far))?.reason).toContain('log ends before');
    const [, timeline] = checkpoint.lineage.split('/');
    const other = { ...checkpoint, lineage: `123/${timeline ?? ''}` };
    expect((await fixture.feed.findGap(name, other))?.reason).toContain('another server');
    const newer = { ...checkpoint, lineage: `${checkpoint.lineage}9` };
    expect((await fixture.feed.findGap(name, newer))?.reason).toContain('timeline');
    await db.query('DROP PUBLICATION IF EXISTS sluice_none');
    const [publication] = await db.query<{ pubname: string }>('SELECT pubname FROM pg_publication');
    await db.query(`DROP PUBLICATION "${publication?.pubname ?? ''}"`);
    expect((await fixture.feed.findGap(name, checkpoint))?.reason).toContain('publication');
  });

  it('shows the retained log and a missing slot in its health', async () => {
    const healthy = await fixture.feed.health(name);
    expect(healthy.findings).toEqual([]);
    expect(healthy.retainedBytes).toBeGreaterThanOrEqual(0);
    await fixture.feed.drop(name);
    const gone = await fixture.feed.health(name);
    expect(gone.findings.map((finding) => finding.code)).toEqual([
      'feed.publication-missing',
      'feed.slot-missing',
    ]);
  });

  it('is found beyond the point where the source left its timeline, not before', async () => {
    await withServer({ version, settings: { restore_command: 'false' } }, async (server) => {
      const own = feedOn(connectionTo(server, 'postgres'));
      const { position } = await own.feed.prepare(name);
      const { lineage } = await readIdentity(own.session);
      await writeFile(join(server.dataDir, 'recovery.signal'), '');
      await server.restart();
      await waitFor('the source has been promoted', async () => {
        return (await readIdentity(own.session)).lineage !== lineage;
      });
      expect(await own.feed.findGap(name, { position, lineage })).toBeNull();
      await own.session.query('CREATE TABLE public.later (id int)');
      const beyond = { position: await own.feed.end(), lineage };
      expect((await own.feed.findGap(name, beyond))?.reason).toContain('was promoted or restored');
      const present = { ...beyond, lineage: (await readIdentity(own.session)).lineage };
      expect(await own.feed.findGap(name, present)).toBeNull();
      await own.close();
    });
  });
});
