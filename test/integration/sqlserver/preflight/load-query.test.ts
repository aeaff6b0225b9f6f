import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SourceCare } from '../../../../src/engines/contract/care.js';
import { openSourceCare } from '../../../../src/engines/sqlserver/care/source-care.js';
import type { SourceScene } from '../source-scene.js';
import { openSource } from '../source-scene.js';

const LIMIT_MS = 500;
const REFUSED = {
  code: 'CONFIG_INVALID',
  message: expect.stringContaining('source.care.loadQuery') as unknown,
  remedy: expect.stringContaining('one number') as unknown,
};

describe('the load query of a SQL Server source', () => {
  let scene: SourceScene;
  let care: SourceCare;

  beforeAll(async () => {
    scene = await openSource('load query');
    // The session itself would let it run for a minute.
    care = openSourceCare(scene.read, LIMIT_MS);
  });
  afterAll(async () => {
    await scene.close();
  });

  it('is ended when a statement on the source has run for as long as it may', async () => {
    await scene.sql(
      'CREATE TABLE dbo.activity (busy int NOT NULL); INSERT INTO dbo.activity VALUES (7)',
    );
    const query = 'SELECT busy FROM dbo.activity WITH (UPDLOCK)';
    await scene.database.session(async (holder) => {
      await holder('BEGIN TRAN; UPDATE dbo.activity SET busy = 8');
      await expect(care.load(query)).rejects.toMatchObject({
        code: 'SERVER_BUSY',
        remedy: expect.stringContaining('of its care') as unknown,
      });
      await holder('ROLLBACK');
    });
    expect(await care.load(query)).toBe(7);
  });

  it.each([
    ['text', `SELECT N'idle' AS busy`],
    ['a decimal, which the driver would round', 'SELECT CONVERT(decimal(5, 2), 7.25) AS busy'],
    ['a date', 'SELECT CONVERT(datetime2(3), SYSUTCDATETIME()) AS busy'],
    ['a bit', 'SELECT CONVERT(bit, 1) AS busy'],
  ])('is refused where it returns %s', async (_, query) => {
    await expect(care.load(query)).rejects.toMatchObject(REFUSED);
  });

  it.each([
    ['a number as text', `SELECT N'7.25' AS busy`, 7.25],
    ['a bigint', 'SELECT CONVERT(bigint, 3000000000) AS busy', 3_000_000_000],
    ['NULL', 'SELECT CONVERT(int, NULL) AS busy', null],
    ['no row', 'SELECT 1 AS busy WHERE 1 = 0', null],
  ])('may return %s', async (_, query, load) => {
    expect(await care.load(query)).toBe(load);
  });
});
