import { Readable } from 'node:stream';
import type { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { NEUTRAL_WIRE, encodeNeutralRow } from '../../../../src/core/neutral-wire.js';
import { formatNeutral } from '../../../../src/core/neutral-type.js';
import { connectPg } from '../../../../src/engines/postgres/connect.js';
import { copyIn } from '../../../../src/engines/postgres/full-sync/copy-in.js';
import { incomingBytes } from '../../../../src/engines/postgres/neutral/incoming-bytes.js';
import { toPgError } from '../../../../src/engines/postgres/pg-errors.js';
import { openCutLine, type CutLine } from '../../../support/cut-line.js';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import { waitFor } from '../../../support/wait-for.js';
import type { Scene } from './support.js';
import { openScene } from './support.js';

const SQL = 'COPY public.item (id) FROM STDIN';
const STALLED_MS = 300;
const PART_ROWS = 1_000;

describeEachPostgres('COPY FROM STDIN on PostgreSQL %s', (version) => {
  let scene: Scene;
  let line: CutLine;
  let client: Client;
  let pid: number;

  beforeAll(async () => {
    scene = await openScene(version, 'copy in');
    await scene.sql.query('CREATE TABLE public.item (id int8 PRIMARY KEY)');
    line = await openCutLine(scene.connection);
  });

  afterAll(async () => {
    await line.close();
    await scene.close();
  });

  beforeEach(async () => {
    await scene.sql.query('TRUNCATE public.item');
    client = await connectPg({ ...scene.connection, port: line.port }, 'target');
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    pid = rows[0]?.pid ?? 0;
    return async () => client.end();
  });

  async function* numbers(count: number): AsyncGenerator<Buffer> {
    for (let from = 0; from < count; from += PART_ROWS) {
      const rows = Math.min(PART_ROWS, count - from);
      const ids = Array.from({ length: rows }, (_, at) => `${String(from + at)}\n`);
      yield await Promise.resolve(Buffer.from(ids.join('')));
    }
  }

  /** Rows for ever, or until the server has had enough. */
  const endless = (): Readable => Readable.from(numbers(Infinity), { objectMode: false });

  async function isCopying(): Promise<boolean> {
    const sql = `SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND query LIKE 'COPY%' AND state = 'active'`;
    return (await scene.sql.query(sql, [pid])).rowCount === 1;
  }

  const failure = async (copy: Promise<unknown>) =>
    copy.then(
      () => 'none',
      (thrown: unknown) => toPgError(thrown, 'the target'),
    );

  const rowsThere = async () =>
    (await scene.sql.query('SELECT 1 FROM public.item LIMIT 1')).rowCount;

  it('ends with the server’s error in its middle, and the session goes on', async () => {
    async function* twice(): AsyncGenerator<Buffer> {
      yield* numbers(50_000);
      yield* numbers(Infinity);
    }
    const source = Readable.from(twice(), { objectMode: false });
    expect(await failure(copyIn(client, SQL, source))).toMatchObject({ vendorCode: '23505' });
    expect(source.destroyed).toBe(true);
    await client.query(`DO $$ BEGIN RAISE NOTICE 'one'; END $$; SET application_name = 'other'`);
    expect(await copyIn(client, SQL, Readable.from(numbers(3)))).toMatchObject({ rows: 3 });
  });

  it('passes over notices and parameters that come meanwhile', async () => {
    await client.query(`
      CREATE FUNCTION public.say() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE NOTICE 'row %', new.id;
        PERFORM set_config('application_name', 'copy ' || new.id, false);
        RETURN new; END $$;
      CREATE TRIGGER say BEFORE INSERT ON public.item FOR EACH ROW EXECUTE FUNCTION public.say()`);
    const copied = await copyIn(client, SQL, Readable.from(numbers(2_000)));
    expect(copied.rows).toBe(2_000);
    await client.query('DROP FUNCTION public.say() CASCADE');
  });

  it('ends with the error of its source, and the session goes on', async () => {
    async function* broken(): AsyncGenerator<Buffer> {
      yield* numbers(10);
      throw new Error('the source broke');
    }
    await expect(copyIn(client, SQL, Readable.from(broken()))).rejects.toThrow('the source broke');
    expect(await rowsThere()).toBe(0);
    expect(await copyIn(client, SQL, Readable.from(numbers(3)))).toMatchObject({ rows: 3 });
  });

  it.each([
    ['is terminated', async () => scene.sql.query('SELECT pg_terminate_backend($1)', [pid])],
    ['is cut off', () => Promise.resolve(line.reset())],
  ])('ends with CONNECTION_LOST when its session %s', async (_how, end) => {
    const source = endless();
    const failed = failure(copyIn(client, SQL, source));
    await waitFor('the copy runs', isCopying);
    await end();
    expect(await failed).toMatchObject({ code: 'CONNECTION_LOST' });
    expect(source.destroyed).toBe(true);
  });

  it.each([
    ['bytes', () => new Readable({ read: () => undefined })],
    ['rows', () => neutral(new Readable({ read: () => undefined }))],
  ])(
    'gives up a source of %s that stands still, and the session goes on',
    async (_what, source) => {
      const failed = failure(copyIn(client, SQL, source(), STALLED_MS));
      expect(await failed).toMatchObject({ code: 'SERVER_BUSY' });
      expect(await copyIn(client, SQL, Readable.from(numbers(3)))).toMatchObject({ rows: 3 });
    },
  );

  function neutral(bytes: Readable): Readable {
    const close = () => Promise.resolve();
    const stream = {
      wire: NEUTRAL_WIRE,
      columns: ['id'],
      types: [formatNeutral({ kind: 'integer', bits: 64 })],
      bytes,
      close,
    };
    return incomingBytes(stream, { schema: 'public', table: 'item' });
  }

  it('takes rows in the neutral form', async () => {
    const rows = Readable.from([encodeNeutralRow([Buffer.from('7')])], { objectMode: false });
    expect(await copyIn(client, SQL, neutral(rows))).toMatchObject({ rows: 1 });
  });
});
