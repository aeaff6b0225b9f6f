import { afterAll, beforeAll, expect, it } from 'vitest';
import { from as copyFrom } from 'pg-copy-streams';
import {
  encodeArray,
  encodeCopyHeader,
  encodeCopyTrailer,
} from '../../../../src/engines/postgres/copy-binary.js';
import { runPipeline } from '../../../../src/engines/postgres/pipeline.js';
import { LSN_NONE } from '../../../../src/engines/postgres/replication/lsn.js';
import type { Cell } from '../../../../src/core/change.js';
import { openReplication } from '../../../../src/engines/postgres/replication/replication-client.js';
import type { Scene } from './support.js';
import { collect, createSlot, isMarker, openScene } from './support.js';
import { encodeCopyRows } from '../../../support/copy-rows.js';
import { describeEachPostgres } from '../../../support/postgres-versions.js';

const COLUMNS = [
  'id int8 PRIMARY KEY',
  'a int2',
  'b text',
  'c numeric',
  'd timestamptz',
  'e bool',
  'f jsonb',
  'g uuid',
  'h bytea',
  'i float8',
  'j date',
  'k interval',
  'l int4[]',
  'm inet',
  'n varchar(10)',
];

const ROWS = `
  SELECT i, (i % 100)::int2, repeat('ä', (i % 50)::int), i * 1.10, to_timestamp(i * 1.5), i % 2 = 0,
         jsonb_build_object('k', i), md5(i::text)::uuid, decode(md5(i::text), 'hex'), i / 3.0,
         '2000-01-01'::date + i::int, i * interval '1 minute', array[i, null, 3]::int4[],
         '10.0.0.1'::inet + i, nullif('v' || i % 7, 'v3')
    FROM generate_series(1, 500) i`;

describeEachPostgres('binary values on PostgreSQL %s', (version) => {
  let scene: Scene;
  let cells: (Buffer | null)[][];
  let typeOids: number[];

  beforeAll(async () => {
    scene = await openScene(version, 'copy_binary');
    for (const table of ['source', 'copied', 'unnested']) {
      await scene.sql.query(`CREATE TABLE public.${table} (${COLUMNS.join(', ')})`);
    }
    await scene.sql.query('CREATE PUBLICATION one FOR TABLE public.source');
    await createSlot(scene);
    const replication = await openReplication(scene.connection);
    const { slot } = scene;
    const options = { slot, publications: ['one'], from: LSN_NONE };
    const stream = await replication.startReplication(options);
    await scene.sql.query(`INSERT INTO public.source ${ROWS}`);
    await scene.sql.query(`SELECT pg_logical_emit_message(false, 'end', '')`);
    const messages = await collect(stream, isMarker('end'));
    await replication.close();
    cells = messages.flatMap((each) => (each.kind === 'insert' ? [each.row.cells.map(known)] : []));
    typeOids = messages.flatMap((each) =>
      each.kind === 'relation' ? each.columns.map(({ typeOid }) => typeOid) : [],
    );
  });

  afterAll(async () => scene.close());

  function known(cell: Cell | undefined): Buffer | null {
    return Buffer.isBuffer(cell) ? cell : null;
  }

  async function differences(table: string): Promise<number> {
    const { rows } = await scene.sql.query<{ count: number }>(`
      SELECT count(*)::int AS count
        FROM public.source s FULL JOIN public.${table} t USING (id)
       WHERE (s.*)::text IS DISTINCT FROM (t.*)::text`);
    return rows[0]?.count ?? -1;
  }

  it('goes from the stream through COPY into a table unchanged', async () => {
    const copy = scene.sql.query(copyFrom('COPY public.copied FROM STDIN (FORMAT binary)'));
    await new Promise<void>((resolve, reject) => {
      copy.on('error', reject).on('finish', resolve);
      copy.write(encodeCopyHeader());
      copy.write(encodeCopyRows(cells.slice(0, 200)));
      copy.write(encodeCopyRows([]));
      copy.write(encodeCopyRows(cells.slice(200)));
      copy.end(encodeCopyTrailer());
    });
    expect(copy.rowCount).toBe(500);
    expect(await differences('copied')).toBe(0);
  });

  it('goes from the stream through arrays and unnest into a table unchanged', async () => {
    // An array of arrays has no element type of its own: unnest would flatten it.
    const names = COLUMNS.map((column) => column.split(' ')[0] ?? '');
    const plain = names.map((_, index) => index).filter((index) => names[index] !== 'l');
    const values = plain.map((index) =>
      encodeArray(
        typeOids[index] ?? 0,
        cells.map((row) => row[index] ?? null),
      ),
    );
    const casts = plain.map((index, position) => {
      const type = COLUMNS[index]?.split(' ')[1] ?? '';
      return `$${position + 1}::${type.replace(/\(.*/, '')}[]`;
    });
    const list = plain.map((index) => names[index]).join(', ');
    const text = `INSERT INTO public.unnested (${list}) SELECT * FROM unnest(${casts.join(', ')})`;
    const result = await runPipeline(scene.sql, [{ name: '', text, values }]);
    expect(result.rowCounts).toEqual([500]);
    await scene.sql.query(
      'UPDATE public.unnested u SET l = s.l FROM public.source s WHERE s.id = u.id',
    );
    expect(await differences('unnested')).toBe(0);
  });
});
