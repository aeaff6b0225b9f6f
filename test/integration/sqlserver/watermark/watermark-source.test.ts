import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChunkStream } from '../../../../src/engines/contract/full-sync.js';
import type { WatermarkSource } from '../../../../src/engines/contract/watermark.js';
import { neutralRows } from '../../../../src/core/neutral-wire.js';
import { openWatermarkSource } from '../../../../src/engines/sqlserver/watermark/watermark-source.js';
import type { SourceScene } from '../source-scene.js';
import { openSource } from '../source-scene.js';

let scene: SourceScene;
let watermark: WatermarkSource;

beforeAll(async () => {
  scene = await openSource('watermark');
  // Else readers wait for the transactions that stay open here.
  const { name } = scene.database;
  await scene.sql(
    `ALTER DATABASE [${name}] SET READ_COMMITTED_SNAPSHOT ON WITH ROLLBACK IMMEDIATE`,
  );
  watermark = openWatermarkSource(scene.read);
});

afterAll(async () => {
  await scene.close();
});

async function rowsOf(stream: ChunkStream): Promise<string[]> {
  const rows: string[] = [];
  for await (const cells of neutralRows(stream.bytes, stream.columns.length)) {
    rows.push(cells.map((cell) => cell?.toString('utf8') ?? '').join());
  }
  await stream.close();
  return rows.sort();
}

describe('following a table by a datetime2 column', () => {
  const COLUMN = 'seen';

  beforeAll(async () => {
    await scene.sql(`
CREATE TABLE dbo.event (id int NOT NULL PRIMARY KEY, seen datetime2(7) NOT NULL);
CREATE INDEX ix_seen ON dbo.event (seen);
INSERT INTO dbo.event (id, seen) VALUES
  (1, '2026-01-01T10:00:00.0000001'), (2, '2026-01-01T10:00:00.0000002'),
  (3, '2026-01-01T10:00:00.0000002'), (4, '2026-01-01T12:00:00');`);
  });

  it('reads up to the highest value once nobody who ran then is left', async () => {
    const model = await scene.model('dbo.event');
    const to = await watermark.upperBound(model, COLUMN, null, 60_000);
    expect(to).toBe('2026-01-01 12:00:00.0000000');
    const range = { column: COLUMN, from: '2026-01-01 10:00:00.0000002', to: to ?? '' };
    const rows = await rowsOf(await watermark.read(model, range, 'sqlserver'));
    expect(rows.map((row) => row.split(',')[0])).toEqual(['2', '3', '4']);
  });

  it('11.7: waits for whoever ran when the highest value was read', async () => {
    await scene.sql(`
CREATE TABLE dbo.slow (id int NOT NULL PRIMARY KEY, seen datetime2(7) NOT NULL);
INSERT INTO dbo.slow (id, seen) VALUES (1, '2026-01-01T09:00:00');`);
    const model = await scene.model('dbo.slow');
    const bound = async () => watermark.upperBound(model, COLUMN, null, 0);
    expect(await bound()).toBe('2026-01-01 09:00:00.0000000');
    await scene.database.session(async (slow) => {
      // Its value is from before the others', its commit after them.
      await slow(`BEGIN TRAN; INSERT INTO dbo.slow (id, seen) VALUES (2, '2026-01-01T10:00:00')`);
      await scene.sql(`INSERT INTO dbo.slow (id, seen) VALUES (3, '2026-01-01T11:00:00')`);
      expect(await bound()).toBe('2026-01-01 09:00:00.0000000');
      await slow('COMMIT');
    });
    const to = await bound();
    expect(to).toBe('2026-01-01 11:00:00.0000000');
    const range = { column: COLUMN, from: '2026-01-01 09:00:00.0000000', to: to ?? '' };
    const rows = await rowsOf(await watermark.read(model, range, 'sqlserver'));
    expect(rows.map((row) => row.split(',')[0])).toEqual(['1', '2', '3']);
  });

  it('has nothing to read above the highest value', async () => {
    const model = await scene.model('dbo.event');
    const from = '2026-01-01 12:00:00.0000001';
    expect(await watermark.upperBound(model, COLUMN, from, 0)).toBeNull();
  });

  it('never parts rows of one value into two pages', async () => {
    const model = await scene.model('dbo.event');
    const all = { column: COLUMN, from: null, to: '2026-01-01 12:00:00.0000000' };
    const first = await watermark.pageEnd(model, all, 1);
    expect(first).toBe('2026-01-01 10:00:00.0000002');
    const second = await watermark.pageEnd(model, { ...all, from: first }, 1);
    expect(second).toBe('2026-01-01 12:00:00.0000000');
    expect(await watermark.pageEnd(model, { ...all, from: second }, 1)).toBe(all.to);
  });

  it('11.7: goes back by the overlap', async () => {
    const model = await scene.model('dbo.event');
    const from = '2026-01-01 10:00:00.0000002';
    expect(await watermark.minus(model, COLUMN, from, 61_500)).toBe('2026-01-01 09:58:58.5000002');
  });

  it('11.7: goes back by whole days where the column is a date', async () => {
    await scene.sql('CREATE TABLE dbo.day (id int NOT NULL PRIMARY KEY, d date NOT NULL)');
    const model = await scene.model('dbo.day');
    const days = 86_400_000;
    expect(await watermark.minus(model, 'd', '2026-01-10', 2 * days)).toBe('2026-01-08');
    expect(await watermark.minus(model, 'd', '2026-01-10', 2 * days + 1)).toBe('2026-01-07');
  });
});

describe('following a table by a rowversion', () => {
  it('11.7: reads below what is still open', async () => {
    await scene.sql(`
CREATE TABLE dbo.doc (id int NOT NULL PRIMARY KEY, body nvarchar(20) NULL, version rowversion);
INSERT INTO dbo.doc (id, body) VALUES (1, N'a'), (2, N'b');`);
    const model = await scene.model('dbo.doc');
    const to = await watermark.upperBound(model, 'version', null, 0);
    expect(to).toMatch(/^[0-9a-f]{16}$/);
    const read = async (from: string | null, end: string) =>
      rowsOf(await watermark.read(model, { column: 'version', from, to: end }, 'sqlserver'));
    expect(await read(null, to ?? '')).toHaveLength(2);
    await scene.sql("UPDATE dbo.doc SET body = N'c' WHERE id = 1");
    // As a target gives it back: with 0x in front.
    const next = await watermark.upperBound(model, 'version', `0x${to ?? ''}`, 0);
    expect(next).not.toBeNull();
    const above = (BigInt(`0x${to ?? ''}`) + 1n).toString(16).padStart(16, '0');
    const rows = await read(above, next ?? '');
    expect(rows.map((row) => row.slice(0, 3))).toEqual(['1,c']);
    expect(await watermark.minus(model, 'version', next ?? '', 60_000)).toBe(next);
  });
});

describe('following a table by a rowversion that others write', () => {
  it('11.7: stays below what an open transaction has written, and reads it later', async () => {
    await scene.sql(`
CREATE TABLE dbo.busy (id int NOT NULL PRIMARY KEY, version rowversion);
INSERT INTO dbo.busy (id) VALUES (1);`);
    const model = await scene.model('dbo.busy');
    const bound = async () => (await watermark.upperBound(model, 'version', null, 0)) ?? '';
    const read = async (from: string | null, to: string) => {
      const range = { column: 'version', from, to };
      const rows = await rowsOf(await watermark.read(model, range, 'sqlserver'));
      return rows.map((row) => row.split(',')[0]);
    };
    const above = (value: string) => (BigInt(`0x${value}`) + 1n).toString(16).padStart(16, '0');
    let first = '';
    await scene.database.session(async (slow) => {
      await slow('BEGIN TRAN; INSERT INTO dbo.busy (id) VALUES (2)');
      await scene.sql('INSERT INTO dbo.busy (id) VALUES (3)');
      first = await bound();
      expect(await read(null, first)).toEqual(['1']);
      await slow('COMMIT');
    });
    // The next round begins above the first: had that been past the open one, 2 would be lost.
    expect(await read(above(first), await bound())).toEqual(['2', '3']);
  });
});

describe('following a table by an identity', () => {
  it('11.7: reads an overlap of values again, as they are handed out before the commit', async () => {
    await scene.sql(`
CREATE TABLE dbo.log (id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY, line varchar(20) NULL);
INSERT INTO dbo.log (line) VALUES ('a'), ('b');`);
    const model = await scene.model('dbo.log');
    expect(await watermark.upperBound(model, 'id', null, 0)).toBe('2');
    expect(await watermark.minus(model, 'id', '12000', 60_000)).toBe('2000');
    await scene.database.session(async (slow) => {
      await slow("BEGIN TRAN; INSERT INTO dbo.log (line) VALUES ('late')");
      await scene.sql("INSERT INTO dbo.log (line) VALUES ('quick')");
      // Nobody is waited for: it stays below who is there.
      expect(await watermark.upperBound(model, 'id', null, 0)).toBe('2');
      await slow('COMMIT');
    });
    // Somebody whom it did not see may have been passed all the same: the next round begins below.
    const to = '4';
    const range = { column: 'id', from: await watermark.minus(model, 'id', to, 60_000), to };
    const rows = await rowsOf(await watermark.read(model, range, 'sqlserver'));
    expect(rows.map((row) => row.split(',')[1])).toContain('late');
  });
});

describe('check', () => {
  it('11.7: says what a column cannot do', async () => {
    await scene.sql(`
CREATE TABLE dbo.poor (id int IDENTITY NOT NULL PRIMARY KEY, changed datetime NULL, n int NOT NULL);
INSERT INTO dbo.poor (changed, n) VALUES ('2026-01-02', 9), ('2026-01-01', 8);`);
    const model = await scene.model('dbo.poor');
    const codes = async (column: string) =>
      (await watermark.findings(model, column)).map((finding) => finding.code);
    expect(await codes('changed')).toEqual(
      expect.arrayContaining([
        'watermark.nullable',
        'watermark.unindexed',
        'watermark.local-time',
        'watermark.decreasing',
        'watermark.deletes',
      ]),
    );
    expect(await codes('n')).toContain('watermark.number');
    await expect(watermark.findings(model, 'none')).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
    });
  });
});
