import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeNeutralRow } from '../../../../src/core/neutral-wire.js';
import type { ChunkStream, StageRef } from '../../../../src/engines/contract/full-sync.js';
import type { TableModel } from '../../../../src/engines/contract/schema.js';
import { openWatermarkTarget } from '../../../../src/engines/sqlserver/watermark/watermark-target.js';
import { texts } from '../apply/support.js';
import type { TargetScene } from '../target-scene.js';
import { openTarget } from '../target-scene.js';
import { bareModel } from '../../../support/bare-model.js';

let scene: TargetScene;

beforeAll(async () => {
  scene = await openTarget('upsert keys');
});

afterAll(async () => scene.close());

async function begin(table: string): Promise<{ model: TableModel; stage: StageRef }> {
  const name = { schema: 'dbo', table };
  const { tables } = scene.state;
  const spec = { slug: table, source: name, targetTable: name, mode: 'incremental', load: 'auto' };
  await tables.upsert('p', table, [{ ...spec, enabled: true, laneId: null }], '1');
  const tableId = (await tables.find('p', table, table))?.tableId ?? '';
  const model = bareModel(name, ['k']);
  return { model, stage: { tableId, epoch: '0', fence: '0', target: name } };
}

function page(wire: string, columns: readonly string[], rows: readonly string[][]): ChunkStream {
  const bytes = rows.map((row) => encodeNeutralRow(row.map((cell) => Buffer.from(cell))));
  return { wire, columns, bytes: Readable.from(bytes), close: () => Promise.resolve() };
}

const rowsOf = async (table: string) => texts(await scene.sql(`select * from dbo.${table}`));

describe('the keys of rows read by a watermark, on SQL Server', () => {
  it('are written as the source has them now, in case and blanks', async () => {
    await scene.sql(`create table dbo.spelt (
      k nvarchar(20) collate Latin1_General_CI_AS not null primary key, v int null);
      insert into dbo.spelt (k, v) values (N'a', 1), (N'b ', 2)`);
    const { model, stage } = await begin('spelt');
    const target = openWatermarkTarget(scene.pool);
    const rows = page(
      'sqlserver',
      ['k', 'v'],
      [
        ['A', '1'],
        ['b', '2'],
      ],
    );
    expect(await target.upsert(model, stage, rows, '1')).toEqual({ read: 2, written: 2 });
    expect(await rowsOf('spelt')).toEqual(['A|1', 'b|2']);
  });

  it('11.13: of an engine that tells blanks apart are refused, and overwrite no row', async () => {
    await scene.sql(`create table dbo.blanks (
      k nvarchar(20) collate Latin1_General_100_BIN2 not null primary key, v int null)`);
    const { model, stage } = await begin('blanks');
    const target = openWatermarkTarget(scene.pool);
    await target.upsert(model, stage, page('neutral', ['k', 'v'], [['a', '1']]), '1');
    const second = page('neutral', ['k', 'v'], [['a ', '2']]);
    await expect(target.upsert(model, stage, second, '2')).rejects.toMatchObject({
      code: 'ROW_REJECTED',
    });
    expect(await rowsOf('blanks')).toEqual(['a|1']);
  });

  it('11.4: stay in place with a new identity value while a foreign key refers to them', async () => {
    await scene.sql(`create table dbo.parent (
      k nvarchar(20) not null primary key, no int identity(1, 1) not null);
      create table dbo.child (id int not null primary key,
        parent nvarchar(20) null references dbo.parent (k) on delete cascade);
      insert into dbo.parent (k) values (N'a'); insert into dbo.child (id, parent) values (1, N'a')`);
    const { model, stage } = await begin('parent');
    const target = openWatermarkTarget(scene.pool);
    const columns = ['k', 'no'];
    const same = page('sqlserver', columns, [
      ['a', '1'],
      ['b', '2'],
    ]);
    expect(await target.upsert(model, stage, same, '1')).toEqual({ read: 2, written: 1 });
    const renumbered = page('sqlserver', columns, [['a', '7']]);
    await expect(target.upsert(model, stage, renumbered, '2')).rejects.toMatchObject({
      code: 'ROW_REJECTED',
    });
    expect(await rowsOf('child')).toEqual(['1|a']);
  });
});
