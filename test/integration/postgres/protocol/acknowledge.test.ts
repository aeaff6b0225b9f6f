import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { LSN_NONE, parseLsn } from '../../../../src/engines/postgres/replication/lsn.js';
import type {
  ReplicationClient,
  StartOptions,
} from '../../../../src/engines/postgres/replication/replication-client.js';
import { openReplication } from '../../../../src/engines/postgres/replication/replication-client.js';
import type { ReplicationStream } from '../../../../src/engines/postgres/replication/replication-stream.js';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import { patient, waitFor } from '../../../support/wait-for.js';
import type { Scene } from './support.js';
import { collect, confirmedLsn, createSlot, dropSlot, isMarker, openScene } from './support.js';

describeEachPostgres('acknowledgement on PostgreSQL %s', (version) => {
  let scene: Scene;
  let replication: ReplicationClient;

  beforeAll(async () => {
    scene = await openScene(version, 'acknowledge');
    await scene.sql.query('CREATE TABLE public.item (id int PRIMARY KEY, body text)');
    await scene.sql.query('CREATE PUBLICATION everything FOR ALL TABLES');
  });

  afterAll(async () => scene.close());

  beforeEach(async () => {
    await scene.sql.query('TRUNCATE public.item');
    await createSlot(scene);
    replication = await open();
  });

  afterEach(async () => {
    await replication.close();
    await dropSlot(scene);
  });

  async function open(): Promise<ReplicationClient> {
    const session = { wal_sender_timeout: String(patient(1_500)) };
    return openReplication({ ...scene.connection, session });
  }

  async function start(
    options: Partial<StartOptions> = {},
    client: ReplicationClient = replication,
  ): Promise<ReplicationStream> {
    const { slot } = scene;
    const publications = ['everything'];
    return client.startReplication({
      slot,
      publications,
      from: LSN_NONE,
      statusIntervalMs: 100,
      ...options,
    });
  }

  async function mark(prefix: string): Promise<void> {
    await scene.sql.query(`SELECT pg_logical_emit_message(false, $1, 'x')`, [prefix]);
  }

  /** How many status messages the server has seen since: it keeps the time of the last one. */
  async function statusMessages(count: number): Promise<void> {
    let last: unknown;
    let seen = 0;
    await waitFor('the server has had status messages', async () => {
      const { rows } = await scene.sql.query<{ reply: string }>(
        `SELECT r.reply_time::text AS reply
           FROM pg_stat_replication r JOIN pg_replication_slots s ON s.active_pid = r.pid
          WHERE s.slot_name = $1`,
        [scene.slot],
      );
      const reply = rows[0]?.reply;
      if (reply !== undefined && reply !== last) seen += 1;
      last = reply;
      return seen > count;
    });
  }

  it('reports nothing as flushed but what was acknowledged, whatever the timer sends', async () => {
    const before = await confirmedLsn(scene);
    const stream = await start();
    for (let id = 0; id < 5; id += 1) {
      await scene.sql.query('INSERT INTO public.item VALUES ($1)', [id]);
    }
    await mark('end');
    const messages = await collect(stream, isMarker('end'));
    await statusMessages(5);
    expect(await confirmedLsn(scene)).toBe(before);

    const commits = messages.flatMap((each) => (each.kind === 'commit' ? [each.endLsn] : []));
    const second = commits[1] ?? LSN_NONE;
    stream.acknowledge(second);
    stream.acknowledge(commits[0] ?? LSN_NONE);
    await waitFor('the position arrives', async () => (await confirmedLsn(scene)) === second);
    await mark('more');
    await collect(stream, isMarker('more'));
    await statusMessages(5);
    expect(await confirmedLsn(scene)).toBe(second);
    expect(() => stream.acknowledge(stream.receivedLsn + 1n)).toThrow('never received');
  });

  it('stays connected while the consumer is blocked for longer than the server waits', async () => {
    const stream = await start({ maxQueuedBytes: 100_000, statusIntervalMs: patient(300) });
    await scene.sql.query(
      `INSERT INTO public.item SELECT i, repeat('x', 1000) FROM generate_series(1, 40000) i`,
    );
    await mark('end');
    await waitFor('the queue is full', () => stream.queuedBytes > 100_000);
    await statusMessages(10);
    expect(stream.queuedBytes).toBeLessThan(400_000);
    const messages = await collect(stream, isMarker('end'));
    expect(messages.filter((message) => message.kind === 'insert')).toHaveLength(40_000);
  });

  it('sends the last acknowledged position when it closes, and frees the slot', async () => {
    const stream = await start({ statusIntervalMs: 60_000 });
    await scene.sql.query('INSERT INTO public.item VALUES (1)');
    const messages = await collect(stream, (message) => message.kind === 'commit');
    const commit = messages.find((message) => message.kind === 'commit');
    stream.acknowledge(commit?.endLsn ?? LSN_NONE);
    await replication.close();
    expect(await stream.nextBatch()).toBeUndefined();
    await waitFor('the session is gone', async () => {
      const { rowCount } = await scene.sql.query(
        'SELECT 1 FROM pg_replication_slots WHERE slot_name = $1 AND NOT active',
        [scene.slot],
      );
      return rowCount === 1;
    });
    expect(await confirmedLsn(scene)).toBe(commit?.endLsn);
    await replication.close();
  });

  it('closes in time in the middle of a large transaction that nobody reads', async () => {
    const stream = await start({ maxQueuedBytes: 10_000 });
    await scene.sql.query(
      `INSERT INTO public.item SELECT i, repeat('x', 1000) FROM generate_series(1, 50000) i`,
    );
    await waitFor('the queue is full', () => stream.queuedBytes > 10_000);
    await replication.close(300);
    await dropSlot(scene);
    await createSlot(scene);
  });

  it('gives out what it received, then the error, when the session is ended', async () => {
    const stream = await start();
    await scene.sql.query(`INSERT INTO public.item VALUES (1, repeat('x', 5000))`);
    await waitFor('the change arrives', () => stream.queuedBytes > 5_000);
    await scene.sql.query(
      'SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = $1',
      [scene.slot],
    );
    const kinds: string[] = [];
    const reading = async (): Promise<void> => {
      for await (const batch of stream) kinds.push(...batch.map((message) => message.kind));
    };
    await expect(reading()).rejects.toMatchObject({ code: 'CONNECTION_LOST', kind: 'transient' });
    expect(kinds).toContain('insert');
  });

  it('answers an empty batch when nothing comes, and undefined to a reader at close', async () => {
    const stream = await start({ from: LSN_NONE });
    const quiet = await stream.nextBatch(50);
    expect(quiet?.every((message) => message.kind === 'keepalive')).toBe(true);
    const waiting = (async () => {
      for (;;) if ((await stream.nextBatch()) === undefined) return 'ended';
    })();
    await replication.close();
    expect(await waiting).toBe('ended');
  });

  it('moves on keepalives alone', async () => {
    const stream = await start();
    await scene.sql.query('CREATE TABLE IF NOT EXISTS public.unrelated (id int)');
    const { rows } = await scene.sql.query<{ lsn: string }>(
      'SELECT pg_current_wal_lsn()::text AS lsn',
    );
    const wanted = rows[0]?.lsn ?? '';
    await collect(
      stream,
      (message) => message.kind === 'keepalive' && message.lsn >= parseLsn(wanted),
    );
    // What is received goes on: the server writes something of its own now and then.
    const acknowledged = stream.receivedLsn;
    stream.acknowledge(acknowledged);
    await waitFor('the slot moves', async () => (await confirmedLsn(scene)) === acknowledged);
  });

  it('refuses to start behind the position that the slot has confirmed', async () => {
    const old = await confirmedLsn(scene);
    await scene.sql.query('INSERT INTO public.item VALUES (1)');
    await scene.sql.query('SELECT pg_replication_slot_advance($1, pg_current_wal_lsn())', [
      scene.slot,
    ]);
    await expect(start({ from: old })).rejects.toMatchObject({ code: 'FEED_GAP' });
    await start({ from: await confirmedLsn(scene) });
  });

  it('tells a missing slot, a slot in use and a foreign plugin apart', async () => {
    await expect(start({ slot: 'not_there' })).rejects.toMatchObject({ code: 'FEED_GAP' });
    await start();
    const other = await open();
    await expect(start({}, other)).rejects.toMatchObject({ code: 'FEED_IN_USE' });
    expect(await other.command('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await other.close();
  });

  it('fails on a missing publication, which servers from 18 on pass over', async () => {
    const stream = await start({ publications: ['not_there'] });
    await scene.sql.query('INSERT INTO public.item VALUES (1)');
    await mark('end');
    const reading = collect(stream, isMarker('end'));
    if (version === '14') {
      await expect(reading).rejects.toMatchObject({ code: 'FEED_CHANGED' });
    } else {
      expect((await reading).some(({ kind }) => kind === 'insert')).toBe(false);
    }
  });
});
