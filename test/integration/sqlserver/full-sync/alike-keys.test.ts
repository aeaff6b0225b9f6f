/** Rows that their source tells apart are never one row on a target that compares more loosely. */
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NeutralColumn } from '../../../../src/core/neutral-table.js';
import { encodeNeutralRow } from '../../../../src/core/neutral-wire.js';
import type { StageRef } from '../../../../src/engines/contract/full-sync.js';
import type { TableModel } from '../../../../src/engines/contract/schema.js';
import type { Scene } from './fixture.js';
import { beginCopy, contents, openScene, resync } from './fixture.js';

let scene: Scene;

beforeAll(async () => {
  scene = await openScene('alike');
});

afterAll(async () => scene.close());

const column = (name: string, nullable = false): NeutralColumn => ({
  name,
  type: { kind: 'text', length: 20, fixed: false },
  sourceType: 'varchar(20)',
  nullable,
  identity: false,
});

/** A table of another engine, whose texts are equal only to the last blank. */
function foreignTable(table: string): TableModel {
  return {
    name: { schema: 'dbo', table },
    columns: ['k', 'code', 'v'].map((name) => ({
      ...{ name, type: 'varchar(20)', nullable: name !== 'k', generated: false, rawSafe: true },
    })),
    key: ['k'],
    rowsEstimated: 2,
    bytesEstimated: 100,
    fingerprint: 'f',
    findings: [],
    feeds: [],
    neutral: {
      columns: [column('k'), column('code', true), column('v', true)],
      primaryKey: { name: `${table}_pk`, columns: ['k'] },
      uniques: [{ name: `${table}_code`, columns: ['code'] }],
      indexes: [],
      foreignKeys: [],
    },
    native: null,
  };
}

type Cells = readonly [k: string, code: string, v: string];

async function stageOf(model: TableModel, rows: readonly Cells[]): Promise<StageRef> {
  const stage = await beginCopy(scene, model);
  const { chunks } = scene.state;
  const range = { relation: 'all', from: null, to: null };
  await chunks.plan(stage.tableId, stage.epoch, [range]);
  const chunk = await chunks.claim(stage.tableId, stage.epoch, 0, 8);
  if (chunk === null) throw new Error('There is no chunk.');
  await scene.fullTarget.loadChunk(stage, chunk, {
    wire: 'neutral',
    columns: ['k', 'code', 'v'],
    bytes: Readable.from(rows.map((row) => encodeNeutralRow(row.map((cell) => Buffer.from(cell))))),
    close: () => Promise.resolve(),
  });
  return stage;
}

const finish = (model: TableModel, stage: StageRef) =>
  scene.fullTarget.finishStage(model, stage, () => undefined);

const staged = async ({ tableId, target }: StageRef) =>
  (await contents(scene.target, `sluice_stage_${tableId}.${target.table}`, 'v')).length;

describe('rows that are equal only to the target', () => {
  it('11.13: are refused where their keys differ in blanks at the end, and none is removed', async () => {
    const model = foreignTable('blanks');
    const stage = await stageOf(model, [
      ['a', 'one', '1'],
      ['a ', 'two', '2'],
    ]);
    await expect(finish(model, stage)).rejects.toMatchObject({
      code: 'ROW_REJECTED',
      message: expect.stringContaining('equal in (k) to the target') as string,
      remedy: expect.stringContaining('blanks at the end') as string,
    });
    expect(await staged(stage)).toBe(2);
  });

  it('11.13: are refused by the name of a unique column beside the key', async () => {
    const model = foreignTable('beside');
    const stage = await stageOf(model, [
      ['a', 'one', '1'],
      ['b', 'one ', '2'],
    ]);
    await expect(finish(model, stage)).rejects.toMatchObject({
      code: 'ROW_REJECTED',
      message: expect.stringContaining('equal in (code) to the target') as string,
    });
    expect(await staged(stage)).toBe(2);
  });

  it('are one row where they are the same to the last byte: it moved while it was copied', async () => {
    const model = foreignTable('moved');
    const stage = await stageOf(model, [
      ['a', 'one', '1'],
      ['a', 'one', '2'],
      ['b', 'two', '3'],
    ]);
    await finish(model, stage);
    expect(await staged(stage)).toBe(2);
  });
});

describe('a live table of another collation', () => {
  const table = (collation: string) => `
CREATE TABLE dbo.words (
  w nvarchar(20) COLLATE ${collation} NOT NULL CONSTRAINT words_pk PRIMARY KEY, v int NULL)`;

  it('is merged by its own comparison', async () => {
    await scene.source.sql(`${table('Latin1_General_CI_AS')};
INSERT INTO dbo.words (w, v) VALUES (N'a', 1), (N'B', 2), (N'c', 3)`);
    await scene.target.sql(`${table('French_CI_AS')};
INSERT INTO dbo.words (w, v) VALUES (N'A', 1), (N'B', 9), (N'd', 4)`);
    expect(await resync(scene, 'dbo.words', { load: 'merge' })).toMatchObject({
      counts: { inserted: 1, updated: 2, deleted: 1 },
    });
    const rows = `SELECT w, v FROM dbo.words ORDER BY v`;
    expect(await scene.target.sql(rows)).toEqual(await scene.source.sql(rows));
  });
});
