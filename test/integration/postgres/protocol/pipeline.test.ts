import { inspect } from 'node:util';
import type { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { connectPg } from '../../../../src/engines/postgres/connect.js';
import {
  encodeArray,
  encodeCopyHeader,
  encodeCopyTrailer,
} from '../../../../src/engines/postgres/copy-binary.js';
import type { PipelineStatement } from '../../../../src/engines/postgres/pipeline.js';
import {
  openPipeline,
  PipelineError,
  runPipeline,
} from '../../../../src/engines/postgres/pipeline.js';
import type { Scene } from './support.js';
import { openScene } from './support.js';
import { encodeCopyRows } from '../../../support/copy-rows.js';
import { describeEachPostgres } from '../../../support/postgres-versions.js';

const INT8 = 20;

function int8(value: number): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigInt64BE(BigInt(value));
  return buffer;
}

function plain(text: string): PipelineStatement {
  return { name: '', text, values: [] };
}

function insert(id: number, name: string | null): PipelineStatement {
  const text = 'INSERT INTO public.item (id, name) VALUES ($1, $2)';
  return { name: 'insert_item', text, types: [INT8, 25], values: [int8(id), name] };
}

function copyIn(rows: readonly (readonly (Buffer | null)[])[]): PipelineStatement {
  const text = 'COPY public.item (id, name) FROM STDIN (FORMAT binary)';
  const parts = [encodeCopyHeader(), encodeCopyRows(rows), encodeCopyTrailer()];
  return { name: 'copy', text, values: [], copyData: Buffer.concat(parts) };
}

describeEachPostgres('a pipeline on PostgreSQL %s', (version) => {
  let scene: Scene;
  let client: Client;

  beforeAll(async () => {
    scene = await openScene(version, 'pipeline');
    await scene.sql.query('CREATE TABLE public.item (id int8 PRIMARY KEY, name text)');
  });

  afterAll(async () => scene.close());

  beforeEach(async () => {
    await scene.sql.query('TRUNCATE public.item');
    client = await connectPg(scene.connection, 'target');
    return async () => client.end();
  });

  it('runs a transaction in one round trip and counts rows per statement', async () => {
    const result = await runPipeline(client, [
      plain('BEGIN'),
      insert(1, 'a'),
      insert(2, null),
      plain('UPDATE public.item SET name = upper(name)'),
      plain('SELECT id, name FROM public.item ORDER BY id'),
      plain('COMMIT'),
    ]);
    expect(result.tags).toEqual([
      'BEGIN',
      'INSERT 0 1',
      'INSERT 0 1',
      'UPDATE 2',
      'SELECT 2',
      'COMMIT',
    ]);
    expect(result.rowCounts).toEqual([0, 1, 1, 2, 2, 0]);
    expect(result.rows[4]).toEqual([
      ['1', 'A'],
      ['2', null],
    ]);
  });

  it('prepares a named statement once per session, and again when its text changes', async () => {
    await runPipeline(client, [insert(1, 'a'), insert(2, 'b')]);
    await runPipeline(client, [insert(3, 'c')]);
    const prepared = `SELECT name FROM pg_prepared_statements WHERE name = 'insert_item'`;
    expect((await client.query(prepared)).rowCount).toBe(1);
    const changed = { ...insert(4, 'd'), text: 'INSERT INTO public.item VALUES ($1, $2 || $2)' };
    await runPipeline(client, [changed, insert(5, 'e'), { ...changed, values: [int8(6), 'f'] }]);
    const names = await client.query('SELECT name FROM public.item ORDER BY id');
    expect(names.rows.map((row: { name: string }) => row.name)).toEqual([
      'a',
      'b',
      'c',
      'dd',
      'e',
      'ff',
    ]);
  });

  it('says which statement failed, runs nothing after it and leaves the session usable', async () => {
    const failing = runPipeline(client, [
      plain('BEGIN'),
      insert(1, 'a'),
      insert(1, 'secret value'),
      insert(2, 'b'),
      plain('COMMIT'),
    ]);
    const error: unknown = await failing.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PipelineError);
    expect(error).toMatchObject({
      code: 'ROW_REJECTED',
      vendorCode: '23505',
      statementIndex: 2,
      statementName: 'insert_item',
    });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('secret');
    await runPipeline(client, [plain('ROLLBACK')]);
    const again = await runPipeline(client, [
      insert(1, 'a'),
      plain('SELECT count(*) FROM public.item'),
    ]);
    expect(again.rows[1]).toEqual([['1']]);
  });

  it('prepares anew after a statement whose text the server refused', async () => {
    const wrong = { name: 'later', text: 'SELECT * FROM public.later', values: [] };
    await expect(runPipeline(client, [wrong])).rejects.toMatchObject({ code: 'TABLE_MISSING' });
    await client.query('CREATE TABLE public.later (id int8)');
    expect((await runPipeline(client, [wrong])).rowCounts).toEqual([0]);
    await client.query('ALTER TABLE public.later ADD COLUMN more text');
    await expect(runPipeline(client, [wrong])).rejects.toMatchObject({ vendorCode: '0A000' });
    expect((await runPipeline(client, [wrong])).rowCounts).toEqual([0]);
    await client.query('DROP TABLE public.later');
  });

  it('reports a deferred constraint as the end of the batch', async () => {
    await client.query('CREATE TABLE public.late (id int8 UNIQUE DEFERRABLE INITIALLY DEFERRED)');
    const twice = plain('INSERT INTO public.late VALUES (1)');
    await expect(runPipeline(client, [twice, twice])).rejects.toMatchObject({
      vendorCode: '23505',
      statementIndex: 2,
    });
    await client.query('DROP TABLE public.late');
  });

  it('takes large binary arrays through unnest unchanged', async () => {
    const count = 50_000;
    const ids = Array.from({ length: count }, (_, index) => int8(index));
    const names = ids.map((_, index) => (index % 3 === 0 ? null : Buffer.from(`name ${index}`)));
    const result = await runPipeline(client, [
      {
        name: 'insert_many',
        text: 'INSERT INTO public.item SELECT * FROM unnest($1::int8[], $2::text[])',
        values: [encodeArray(INT8, ids), encodeArray(25, names)],
      },
      plain(`SELECT count(*), count(name), sum(id), max(name) FROM public.item`),
      { name: '', text: 'SELECT $1::int8[]', values: [encodeArray(INT8, [])] },
    ]);
    expect(result.rowCounts).toEqual([count, 1, 1]);
    expect(result.rows[1]).toEqual([['50000', '33333', '1249975000', 'name 9998']]);
    expect(result.rows[2]).toEqual([['{}']]);
  });

  it('copies rows in between other statements', async () => {
    const rows = Array.from({ length: 3_000 }, (_, id) => [int8(id), Buffer.from(`name ${id}`)]);
    const result = await runPipeline(client, [
      plain('BEGIN'),
      copyIn(rows.slice(0, 2_000)),
      insert(5_000, 'between'),
      copyIn(rows.slice(2_000)),
      copyIn([]),
      plain('COMMIT'),
      plain('SELECT count(*), count(name), sum(id) FROM public.item'),
    ]);
    expect(result.tags).toEqual([
      'BEGIN',
      'COPY 2000',
      'INSERT 0 1',
      'COPY 1000',
      'COPY 0',
      'COMMIT',
      'SELECT 1',
    ]);
    expect(result.rows.at(-1)).toEqual([['3001', '3001', '4503500']]);
  });

  it('goes on after a copy that the server refused, or never began', async () => {
    const twice = copyIn(Array.from({ length: 500 }, () => [int8(1), Buffer.from('secret')]));
    const error: unknown = await runPipeline(client, [insert(7, 'a'), twice, insert(8, 'b')]).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ vendorCode: '23505', statementIndex: 1, statementName: 'copy' });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('secret');
    await expect(
      runPipeline(client, [plain('SELECT 1 / 0'), twice, insert(8, 'b')]),
    ).rejects.toMatchObject({ vendorCode: '22012', statementIndex: 0 });
    await expect(
      runPipeline(client, [{ ...twice, copyData: Buffer.from('no rows at all') }]),
    ).rejects.toMatchObject({ vendorCode: '22P04' });
    expect((await runPipeline(client, [copyIn([[int8(9), null]])])).tags).toEqual(['COPY 1']);
    expect((await client.query('SELECT id FROM public.item')).rows).toEqual([{ id: '9' }]);
  });

  it('runs statements while it is still being written', async () => {
    const pipeline = openPipeline(client);
    await pipeline.push(plain('BEGIN'));
    const first = await pipeline.push(insert(1, 'a'));
    expect(first.rowCount).toBe(1);
    for (let id = 2; id < 10; id += 1) void pipeline.push(insert(id, 'x'));
    expect(pipeline.inFlight).toBe(8);
    void pipeline.push(plain('COMMIT'));
    const results = await pipeline.sync();
    expect(results.at(-1)?.tag).toBe('COMMIT');
    expect((await client.query('SELECT 1 FROM public.item')).rowCount).toBe(9);
  });

  it('ends an open pipeline by itself when a statement fails', async () => {
    const pipeline = openPipeline(client);
    await pipeline.push(insert(1, 'a'));
    await expect(pipeline.push(insert(1, 'a'))).rejects.toMatchObject({ vendorCode: '23505' });
    await expect(pipeline.push(insert(2, 'b'))).rejects.toMatchObject({ statementIndex: 1 });
    await expect(pipeline.sync()).rejects.toMatchObject({ vendorCode: '23505' });
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it('fails with CONNECTION_LOST when the session is ended under it', async () => {
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const running = runPipeline(client, [plain('SELECT pg_sleep(60)')]);
    const failed = expect(running).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    await scene.sql.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
    await failed;
    await expect(runPipeline(client, [plain('SELECT 1')])).rejects.toMatchObject({
      code: 'CONNECTION_LOST',
    });
  });
});
