import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeNeutralRow } from '../../../../src/core/neutral-wire.js';
import type { ChunkStream, StageRef } from '../../../../src/engines/contract/full-sync.js';
import type { WatermarkTarget } from '../../../../src/engines/contract/watermark.js';
import { openWatermarkTarget } from '../../../../src/engines/sqlserver/watermark/watermark-target.js';
import { texts } from '../apply/support.js';
import type { TargetScene } from '../target-scene.js';
import { openTarget } from '../target-scene.js';
import { bareModel } from '../../../support/bare-model.js';

const DDL = `create table dbo.t (id int not null primary key, v nvarchar(20) null, u int null,
  gone bit null, changed datetime2(7) null, twice as u * 2, constraint u_is_unique unique (u, id))`;

const COLUMNS = ['id', 'v', 'u', 'gone', 'changed'];

type Cells = readonly (string | null)[];

function streamOf(rows: readonly Cells[]): ChunkStream {
  const bytes = rows.map((row) =>
    encodeNeutralRow(row.map((cell) => (cell === null ? null : Buffer.from(cell)))),
  );
  return {
    wire: 'sqlserver',
    columns: COLUMNS,
    bytes: Readable.from(bytes),
    close: () => Promise.resolve(),
  };
}

const row = (id: number, v: string, u: number, gone: string | null = '0'): Cells => [
  String(id),
  v,
  String(u),
  gone,
  `2024-01-01 00:00:00.000000${String(id)}`,
];

describe('rows read by a watermark, on SQL Server', () => {
  let scene: TargetScene;
  let target: WatermarkTarget;
  let stage: StageRef;
  const model = bareModel({ schema: 'dbo', table: 't' }, ['id']);

  beforeAll(async () => {
    scene = await openTarget('watermark');
    target = openWatermarkTarget(scene.pool);
    const { tables } = scene.state;
    const name = { schema: 'dbo', table: 't' };
    const spec = { slug: 't', source: name, targetTable: name, mode: 'incremental', load: 'auto' };
    await tables.upsert('p', 't', [{ ...spec, enabled: true, laneId: null }], '1');
    const tableId = (await tables.find('p', 't', 't'))?.tableId ?? '';
    stage = { tableId, epoch: '0', fence: '0', target: name };
    await scene.sql(DDL);
  });

  beforeEach(async () => {
    await scene.sql('delete from dbo.t');
    await target.keep(stage, null);
  });

  afterAll(async () => scene.close());

  const rowsOf = async () => texts(await scene.sql('select id, v, u from dbo.t'));
  const kept = async () => (await scene.state.tables.get(stage.tableId))?.watermark;

  it('are inserted or updated by key, and not written where they are equal', async () => {
    const first = streamOf([row(1, 'a', 1), row(2, 'b', 2)]);
    expect(await target.upsert(model, stage, first, '2')).toEqual({ read: 2, written: 2 });
    const second = streamOf([row(1, 'a', 1), row(2, 'B', 2), row(3, 'c ', 3)]);
    expect(await target.upsert(model, stage, second, '3')).toEqual({ read: 3, written: 2 });
    expect(await rowsOf()).toEqual(['1|a|1', '2|B|2', '3|c |3']);
    expect(await kept()).toBe('3');
  });

  it('are removed where a column marks them as deleted', async () => {
    await target.upsert(model, stage, streamOf([row(1, 'a', 1), row(2, 'b', 2)]), '1');
    const page = streamOf([row(1, 'a', 1, '1'), row(3, 'c', 3), row(4, 'd', 4, '1')]);
    const counts = await target.upsert(model, stage, page, '2', { softDeleteColumn: 'gone' });
    expect(counts).toEqual({ read: 3, written: 2 });
    expect(await rowsOf()).toEqual(['2|b|2', '3|c|3']);
    await scene.sql('update dbo.t set gone = 1 where id = 2');
    expect(await target.removeMarked(stage, 'gone')).toBe(1);
    expect(await rowsOf()).toEqual(['3|c|3']);
  });

  it('tell the highest watermark to the last digit', async () => {
    expect(await target.highest(model, stage, 'changed')).toBeNull();
    await target.upsert(model, stage, streamOf([row(1, 'a', 1), row(7, 'b', 2)]), '1');
    expect(await target.highest(model, stage, 'changed')).toBe('2024-01-01 00:00:00.0000007');
    expect(await target.highest(model, stage, 'id')).toBe('7');
    const missing = { ...stage, target: { schema: 'dbo', table: 'missing' } };
    expect(await target.highest(model, missing, 'id')).toBeNull();
  });

  it('leave nothing when another worker has taken over', async () => {
    const late = target.upsert(model, { ...stage, fence: '9' }, streamOf([row(1, 'a', 1)]), '5');
    await expect(late).rejects.toMatchObject({ code: 'STALE_EPOCH' });
    expect(await rowsOf()).toEqual([]);
    expect(await kept()).toBeNull();
  });

  it('need a key', async () => {
    const keyless = { ...model, key: null };
    const asked = target.upsert(keyless, stage, streamOf([]), '1');
    await expect(asked).rejects.toMatchObject({ code: 'KEY_MISSING' });
  });
});
