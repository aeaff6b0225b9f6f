import { afterAll, beforeAll, expect, it } from 'vitest';
import { withTexts } from '../../../../src/core/as-text.js';
import type { TableModel } from '../../../../src/engines/contract/schema.js';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import type { Scene } from '../full-sync/fixture.js';
import { beginCopy, contents, openScene, showStage } from '../full-sync/fixture.js';
import { openStreamScene } from '../stream/stream-scene.js';

const TYPES = `
  create type mood as enum ('sad', 'o''k', 'très "happy"');
  create domain price as numeric(12, 4) check (value >= 0);
  create table public.types (
    id bigint primary key, flag boolean, small smallint, whole integer, exact numeric(38, 10),
    free numeric, cost price, single real, double double precision, day date, clock time(3),
    moment timestamp, instant timestamptz(3), mark uuid, bytes bytea, name varchar(40),
    code char(6), note text, doc jsonb, raw json, feeling mood)`;

const ROWS = `
  insert into public.types values
    (1, true, -32768, 2147483647, 1234567890123456789012345678.0123456789, 'NaN', 1.5, 1e-45,
     2.2250738585072014e-308, '0001-01-01', '23:59:59.999', '2026-01-02 03:04:05.000001',
     '2026-01-02 03:04:05.123+05:30', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', '\\x00ff5c',
     'tab' || chr(9) || 'line' || chr(10) || 'back\\slash', 'ab', '', '{"a": [1, null, "ü"]}',
     '{ "kept":  1 }', 'très "happy"'),
    (2, false, 0, 0, -0.0000000001, 12345.678900, 0, 'NaN', '-Infinity', '9999-12-31', '00:00',
     '9999-12-31 23:59:59.999999', '1970-01-01 00:00:00+00', null, '\\x', '\\N', '', '\\.', 'null',
     '"x"', 'sad'),
    (3, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
     null, null, null, null, null)`;

/** The same table as an engine that is not PostgreSQL would tell of it. */
function foreign(model: TableModel): TableModel {
  return { ...model, native: null };
}

describeEachPostgres('rows in neutral form on PostgreSQL %s', (version) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene(version, `neutral ${version}`);
    await scene.source.query(`${TYPES}; ${ROWS}`);
  });
  afterAll(async () => scene.close());

  it('are the same values on a table that was made from the neutral model alone', async () => {
    const model = await scene.model('public.types');
    const stage = await beginCopy(scene, foreign(model));
    const [range] = await scene.fullSource.planChunks(model, 1e9);
    if (range === undefined) throw new Error('Nothing was planned.');
    await scene.state.chunks.plan(stage.tableId, stage.epoch, [range]);
    const chunk = await scene.state.chunks.claim(stage.tableId, stage.epoch, 0, 8);
    if (chunk === null) throw new Error('There is no chunk.');
    const stream = await scene.fullSource.readChunk(model, range, 'neutral');
    expect(stream.types).toHaveLength(model.columns.length);
    const { rows } = await scene.fullTarget.loadChunk(stage, chunk, stream);
    await stream.close();
    expect(rows).toBe(3);
    await scene.fullTarget.finishStage(foreign(model), stage, () => undefined);
    await showStage(scene, stage);
    expect(await contents(scene.target, 'public.types')).toBe(
      await contents(scene.source, 'public.types'),
    );
  });

  it('are refused where a column comes as text and its stage has another type', async () => {
    const model = await scene.model('public.types');
    const stage = await beginCopy(scene, foreign(model));
    const [range] = await scene.fullSource.planChunks(model, 1e9);
    if (range === undefined) throw new Error('Nothing was planned.');
    const asText = { ...model, neutral: withTexts(model.neutral, ['moment']) };
    const stream = await scene.fullSource.readChunk(asText, range, 'neutral');
    const loading = scene.fullTarget.loadChunk(stage, { n: 0, fence: '0' }, stream);
    await expect(loading).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: expect.stringContaining('The column moment of public.types comes as text') as string,
    });
    await stream.close();
  });

  it('changes arrive as they were', async () => {
    const stream = await openStreamScene(version, TYPES, ['types'], '64kB', 'neutral');
    try {
      await stream.source.query(ROWS);
      await stream.source.query(`update public.types set note = 'a' || chr(10), flag = true
                                  where id = 2; update public.types set id = 30 where id = 3;
                                 delete from public.types where id = 1`);
      await stream.source.query(ROWS.replaceAll(/\((\d), /g, '(1$1, '));
      await stream.caughtUp();
      expect(await stream.rows('target', 'types')).toBe(await stream.rows('source', 'types'));
      expect(stream.failures).toEqual([]);
    } finally {
      await stream.close();
    }
  });
});
