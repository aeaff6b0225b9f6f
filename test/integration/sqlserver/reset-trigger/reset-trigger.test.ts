import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  ResetTriggerSource,
  RowMark,
} from '../../../../src/engines/contract/reset-trigger.js';
import { openResetTriggers } from '../../../../src/engines/sqlserver/reset-trigger/reset-trigger-source.js';
import type { SourceScene } from '../source-scene.js';
import { openSource, tableName } from '../source-scene.js';

let scene: SourceScene;
let triggers: ResetTriggerSource;

beforeAll(async () => {
  scene = await openSource('trigger');
  triggers = openResetTriggers(scene.read, scene.change);
  await scene.sql(`
CREATE TABLE dbo.item (
  a int NOT NULL, b nvarchar(20) NOT NULL, again bit NULL, letter char(1) NULL,
  CONSTRAINT pk_item PRIMARY KEY (a, b));
CREATE TABLE dbo.heap (a int NULL, again int NULL);
INSERT INTO dbo.item (a, b, again) VALUES (1, N'x', 0), (2, N'ä😀', NULL), (3, N'y', 0);`);
});

afterAll(async () => {
  await scene.close();
});

const ITEM = tableName('dbo.item');

async function marksOf(column: string, pageRows = 2): Promise<RowMark[]> {
  const marks: RowMark[] = [];
  const model = await scene.model('dbo.item');
  await triggers.marks(model, column, pageRows, (page) => {
    expect(page.length).toBeLessThanOrEqual(pageRows);
    marks.push(...page);
    return Promise.resolve();
  });
  return marks;
}

describe('the reset trigger column', () => {
  it('is not raised by 0 and NULL', async () => {
    expect(await triggers.raised(ITEM, 'again')).toBe(false);
    expect(await marksOf('again')).toEqual([]);
  });

  it('11.10: is set back in exactly the rows that carried it when they were read', async () => {
    await scene.sql('UPDATE dbo.item SET again = 1 WHERE a IN (1, 2)');
    expect(await triggers.raised(ITEM, 'again')).toBe(true);
    const marks = await marksOf('again');
    expect([...marks].sort()).toEqual([
      ['1', 'x'],
      ['2', 'ä😀'],
    ]);
    await scene.sql('UPDATE dbo.item SET again = 1 WHERE a = 3');
    const model = await scene.model('dbo.item');
    expect(await triggers.reset(model, 'again', marks)).toBe(2);
    expect(await triggers.reset(model, 'again', marks)).toBe(0);
    const left = await scene.sql('SELECT a FROM dbo.item WHERE again = 1');
    expect(left).toEqual([{ a: 3 }]);
  });

  it('may be of a text type', async () => {
    await scene.sql("UPDATE dbo.item SET letter = '1' WHERE a = 1");
    expect(await triggers.raised(ITEM, 'letter')).toBe(true);
    const model = await scene.model('dbo.item');
    expect(await triggers.reset(model, 'letter', await marksOf('letter'))).toBe(1);
    expect(await triggers.raised(ITEM, 'letter')).toBe(false);
  });

  it('11.10: takes as many rows at a time as one statement may have', async () => {
    const rows = Array.from({ length: 2_500 }, (_, n) => `(${String(100 + n)}, N'n', 1)`);
    for (let start = 0; start < rows.length; start += 500) {
      const some = rows.slice(start, start + 500).join(', ');
      await scene.sql(`INSERT INTO dbo.item (a, b, again) VALUES ${some}`);
    }
    const marks = await marksOf('again', 1_000);
    expect(marks).toHaveLength(2_501);
    const model = await scene.model('dbo.item');
    expect(await triggers.reset(model, 'again', marks)).toBe(2_501);
  });
});

describe('check', () => {
  it('11.10: advises a filtered index, and is quiet where there is one', async () => {
    const model = await scene.model('dbo.item');
    const [advice] = await triggers.findings(model, 'again');
    expect(advice).toMatchObject({ code: 'reset.unindexed', severity: 'info' });
    expect(advice?.message).toMatch(/QUOTED_IDENTIFIER OFF .* error 1934/);
    await scene.sql(advice?.remedy?.replace(/^Run /, '').replace(/\.$/, '') ?? '');
    expect(await triggers.findings(await scene.model('dbo.item'), 'again')).toEqual([]);
  });

  it('refuses a column that is missing or of a wrong type, and a table without a key', async () => {
    const model = await scene.model('dbo.item');
    for (const [of, column] of [
      [model, 'none'],
      [await scene.model('dbo.heap'), 'again'],
    ] as const) {
      expect(await triggers.findings(of, column)).toMatchObject([
        { code: 'reset.column', severity: 'error' },
      ]);
    }
    await expect(triggers.raised(ITEM, 'none')).rejects.toMatchObject({ code: 'SCHEMA_MISMATCH' });
  });
});
