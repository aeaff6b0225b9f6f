import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type {
  ReplicationClient,
  StartOptions,
} from '../../../../src/engines/postgres/replication/replication-client.js';
import { openReplication } from '../../../../src/engines/postgres/replication/replication-client.js';
import type { ReplicationStream } from '../../../../src/engines/postgres/replication/replication-stream.js';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import type { Scene } from './support.js';
import { collect, createSlot, dropSlot, isMarker, openScene, readable } from './support.js';

describeEachPostgres('the change stream of PostgreSQL %s', (version) => {
  let scene: Scene;
  let sql: Scene['sql'];
  let replication: ReplicationClient;

  beforeAll(async () => {
    scene = await openScene(version, 'stream');
    sql = scene.sql;
    await sql.query(`
      CREATE TABLE public.item (id int PRIMARY KEY, name text, body text);
      ALTER TABLE public.item ALTER COLUMN body SET STORAGE EXTERNAL;
      CREATE TABLE public.whole (id int, name text);
      ALTER TABLE public.whole REPLICA IDENTITY FULL;
      CREATE PUBLICATION "all 'of' it" FOR ALL TABLES;
    `);
  });

  afterAll(async () => scene.close());

  beforeEach(async () => {
    await sql.query('TRUNCATE public.item, public.whole');
    await createSlot(scene);
    replication = await openReplication(scene.connection, { decodingWorkMem: '64kB' });
  });

  afterEach(async () => {
    await replication.close();
    await dropSlot(scene);
  });

  async function start(options: Partial<StartOptions> = {}): Promise<ReplicationStream> {
    const publications = ["all 'of' it"];
    return replication.startReplication({ slot: scene.slot, publications, from: 0n, ...options });
  }

  async function mark(prefix: string): Promise<void> {
    await sql.query(`SELECT pg_logical_emit_message(false, $1, 'x')`, [prefix]);
  }

  it('identifies the system', async () => {
    const identity = await replication.identifySystem();
    expect(identity.systemId).toMatch(/^\d{10,}$/);
    expect(identity).toMatchObject({ timeline: 1, database: scene.slot });
    expect(identity.walEnd).toBeGreaterThan(0n);
  });

  it('gives inserts, updates, key changes, deletes and truncates in binary', async () => {
    const stream = await start();
    await sql.query(`INSERT INTO public.item VALUES (1, 'a', NULL)`);
    await sql.query(`UPDATE public.item SET name = 'b'`);
    await sql.query(`UPDATE public.item SET id = 5`);
    await sql.query(`DELETE FROM public.item`);
    await sql.query(`TRUNCATE public.item RESTART IDENTITY CASCADE`);
    await mark('end');
    const messages = await collect(stream, isMarker('end'));
    const insert = messages.find((message) => message.kind === 'insert');
    expect(insert?.row.formats).toBeNull();
    expect(insert && readable(insert.row)).toEqual(['00000001', '61', null]);
    const updates = messages.filter((message) => message.kind === 'update');
    expect(updates.map((update) => readable(update.row))).toEqual([
      ['00000001', '62', null],
      ['00000005', '62', null],
    ]);
    expect(updates[0]?.oldKey).toBeNull();
    expect(updates[1]?.oldKey && readable(updates[1].oldKey)).toEqual(['00000001', null, null]);
    const remove = messages.find((message) => message.kind === 'delete');
    expect(remove?.oldKey && readable(remove.oldKey)).toEqual(['00000005', null, null]);
    expect(messages.find((message) => message.kind === 'truncate')).toMatchObject({
      restartIdentity: true,
      cascade: true,
    });
    const commits = messages.filter((message) => message.kind === 'commit');
    expect(commits).toHaveLength(5);
    const ageMicros = BigInt(Date.now()) * 1000n - (commits[0]?.commitTime ?? 0n);
    expect(Number(ageMicros)).toBeLessThan(60_000_000);
    expect(messages.find((message) => message.kind === 'relation')).toMatchObject({
      schema: 'public',
      table: 'item',
      replicaIdentity: 'default',
      columns: [{ name: 'id', isKey: true, typeOid: 23 }, { name: 'name', isKey: false }, {}],
    });
  });

  it('gives the whole old row with REPLICA IDENTITY FULL', async () => {
    const stream = await start();
    await sql.query(`INSERT INTO public.whole VALUES (1, 'a')`);
    await sql.query(`UPDATE public.whole SET name = 'b'`);
    await mark('end');
    const messages = await collect(stream, isMarker('end'));
    const update = messages.find((message) => message.kind === 'update');
    expect(update?.oldRow && readable(update.oldRow)).toEqual(['00000001', '61']);
    expect(update?.oldKey).toBeNull();
  });

  it('says which TOASTed values did not change', async () => {
    const stream = await start();
    await sql.query(`INSERT INTO public.item VALUES (1, 'a', repeat('x', 20000))`);
    await sql.query(`UPDATE public.item SET name = 'b'`);
    await mark('end');
    const messages = await collect(stream, isMarker('end'));
    const update = messages.find((message) => message.kind === 'update');
    expect(update && readable(update.row)).toEqual(['00000001', '62', 'unchanged']);
    const insert = messages.find((message) => message.kind === 'insert');
    expect(insert?.row.cells[2]).toHaveLength(20_000);
  });

  it('gives text where binary is not asked for', async () => {
    const stream = await start({ binary: false });
    await sql.query(`INSERT INTO public.item VALUES (7, NULL, 'z')`);
    await mark('end');
    const messages = await collect(stream, isMarker('end'));
    const insert = messages.find((message) => message.kind === 'insert');
    expect(insert?.row.formats).toEqual(Uint8Array.of(0, 1, 0));
    expect(insert?.row.cells[0]?.toString()).toBe('7');
  });

  it('streams a large transaction while it is open, with an undone savepoint', async () => {
    const stream = await start();
    await sql.query('BEGIN');
    await sql.query(
      `INSERT INTO public.item SELECT i, 'kept', repeat('k', 100) FROM generate_series(1, 5000) i`,
    );
    await sql.query('SAVEPOINT undone');
    await sql.query(
      `INSERT INTO public.item SELECT i, 'undone', repeat('u', 100) FROM generate_series(5001, 9000) i`,
    );
    const open = await collect(stream, (message) => message.kind === 'streamStop');
    expect(open.find((message) => message.kind === 'streamStart')).toMatchObject({ isFirst: true });
    await sql.query('ROLLBACK TO SAVEPOINT undone');
    await sql.query('COMMIT');
    const rest = await collect(stream, (message) => message.kind === 'streamCommit');
    const all = [...open, ...rest];
    const aborted = new Set(
      all.flatMap((message) => (message.kind === 'streamAbort' ? [message.subXid] : [])),
    );
    expect(aborted.size).toBe(1);
    const kept = all.filter(
      (message) =>
        message.kind === 'insert' && message.xid !== undefined && !aborted.has(message.xid),
    );
    expect(kept).toHaveLength(5_000);
    const names = kept.map((message) =>
      message.kind === 'insert' ? message.row.cells[1]?.toString() : '',
    );
    expect(new Set(names)).toEqual(new Set(['kept']));
    await sql.query(`INSERT INTO public.item VALUES (10000, 'after', NULL)`);
    const after = await collect(stream, (message) => message.kind === 'commit');
    expect(after.find((message) => message.kind === 'insert')?.xid).toBeUndefined();
  });

  it('keeps every value whole across network chunks and held batches', async () => {
    const stream = await start();
    await sql.query(`
      INSERT INTO public.item
      SELECT i, md5(i::text), repeat(chr(97 + i % 26), (i * 7919) % 9000)
        FROM generate_series(1, 3000) i`);
    await mark('end');
    const messages = await collect(stream, isMarker('end'));
    const rows = messages.flatMap((message) => (message.kind === 'insert' ? [message.row] : []));
    expect(rows).toHaveLength(3_000);
    const wrong = rows.filter(({ cells: [id, , body] }) => {
      const key = Buffer.isBuffer(id) ? id.readInt32BE() : 0;
      const expected = String.fromCharCode(97 + (key % 26)).repeat((key * 7919) % 9000);
      return !Buffer.isBuffer(body) || body.toString() !== expected;
    });
    expect(wrong).toHaveLength(0);
  });
});
