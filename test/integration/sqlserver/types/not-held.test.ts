import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFullSyncSource } from '../../../../src/engines/sqlserver/full-sync/full-sync-source.js';
import type { Scene } from '../../postgres/full-sync/fixture.js';
import { beginCopy, openScene } from '../../postgres/full-sync/fixture.js';
import type { SourceScene } from '../source-scene.js';
import { openSource } from '../source-scene.js';

let source: SourceScene;
let target: Scene;

beforeAll(async () => {
  [source, target] = await Promise.all([openSource('not held'), openScene('18', 'not held')]);
});
afterAll(async () => {
  await Promise.all([source.close(), target.close()]);
});

const CASES: readonly (readonly [string, string, readonly string[], RegExp])[] = [
  [
    'a seventh digit',
    'datetime2(7)',
    [
      "'2026-01-02T03:04:05.123456'",
      "'2026-01-02T03:04:05.1234567'",
      "'2026-01-02T03:04:05.0000001'",
    ],
    /column v, has more than six digits of a second \(2 values in this part of the table\)\./,
  ],
  [
    'a seventh digit of a time',
    'time(7)',
    ["'10:00:00'", "'10:00:00.0000001'"],
    /column v, has more than six digits of a second\./,
  ],
  [
    'the character U+0000',
    'nvarchar(20)',
    ["N'a'", "N'a' + NCHAR(0)", 'NCHAR(0)'],
    /column v, holds the character U\+0000 \(2 values in this part of the table\)\./,
  ],
  [
    'half of a surrogate pair',
    'nvarchar(20)',
    ["N'😀'", 'CONVERT(nvarchar(20), 0x3DD8)'],
    /v holds half of a surrogate pair/,
  ],
];

describe('what PostgreSQL cannot hold', () => {
  it.each(CASES)(
    '11.13: %s stops the copy with column and count',
    async (what, type, values, says) => {
      const name = what.replaceAll(/[ +]/g, '_');
      const rows = values.map((value, id) => `(${String(id)}, ${value})`).join(', ');
      await source.sql(`
CREATE TABLE dbo.${name} (id int NOT NULL PRIMARY KEY, v ${type} NULL);
INSERT INTO dbo.${name} (id, v) VALUES ${rows};`);
      const model = await source.model(`dbo.${name}`);
      const stage = await beginCopy(target, model);
      const from = openFullSyncSource(source.read, () => Promise.resolve(null));
      const ranges = await from.planChunks(model, 1e9);
      await target.state.chunks.plan(stage.tableId, stage.epoch, ranges);
      const chunk = await target.state.chunks.claim(stage.tableId, stage.epoch, 0, 8);
      if (chunk === null) throw new Error('There is no chunk.');
      const stream = await from.readChunk(model, chunk, 'neutral');
      const loading = target.fullTarget.loadChunk(stage, chunk, stream);
      await expect(loading).rejects.toMatchObject({
        message: expect.stringMatching(says) as string,
      });
      await stream.close();
      const staged = await target.target.query(
        `select count(*)::int as n from sluice_stage_${stage.tableId}."${name}"`,
      );
      expect(staged).toEqual([{ n: 0 }]);
    },
  );
});
