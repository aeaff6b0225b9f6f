/** A TRUNCATE or SWITCH that the server refuses although nothing in its catalogue says so. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Scene } from './fixture.js';
import { contents, openScene, resync } from './fixture.js';
import { makeSwitchedTables, WAYS } from './switched-tables.js';

/** Faults are switches of the stand-in; a real server has none. */
const real = (process.env.SLUICE_TEST_SQLSERVER_URL ?? '') !== '';

const TRUNCATE = '^TRUNCATE TABLE \\[dbo\\]';
describe.skipIf(real)('what the server refuses unforeseen (needs the stand-in)', () => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await openScene('unforeseen');
    await makeSwitchedTables(scene, '(1, 1), (11, 11), (21, 21)');
  });
  afterEach(async () => {
    await scene.target.sql('EXEC standin.clear_faults');
  });
  afterAll(async () => scene.close());

  /** Refuses it whenever it is tried, and makes the target's rows stale. */
  async function refusing(table: string, match: string, number: number): Promise<void> {
    await scene.target.sql(`
DELETE FROM dbo.${table}
GO
INSERT INTO dbo.${table} (id, v) VALUES (1, 1), (11, 0), (12, 12)`);
    const fault = { kind: 'error', match, number, level: 16, times: 1_000 };
    await scene.target.sql(`EXEC standin.fault N'${JSON.stringify(fault).replaceAll("'", "''")}'`);
  }

  async function same(table: string): Promise<void> {
    const name = `dbo.${table}`;
    expect(await contents(scene.target, name)).toEqual(await contents(scene.source, name));
  }

  describe.each(WAYS)('of load: $load', ({ table, load, match: switches }) => {
    it.each([
      ['a SWITCH by a number that nobody has listed', switches, 7736],
      ['a TRUNCATE, as of a table that is captured', TRUNCATE, 4711],
      ['a TRUNCATE, as of a table that a foreign key refers to', TRUNCATE, 4712],
    ])('%s: its rows are merged', async (_what, match, number) => {
      await refusing(table, match, number);
      expect(await resync(scene, `dbo.${table}`, { load })).toMatchObject({
        method: 'merge',
        done: true,
      });
      await same(table);
      const said = await scene.target.sql(
        `SELECT TOP (1) message FROM sluice.event WHERE kind = N'switch' ORDER BY event_id DESC`,
      );
      expect(said).toEqual([
        { message: expect.stringMatching(/was refused: .*Its rows are merged instead/) as unknown },
      ]);
    });
  });

  it('8.7: has the rows of load: truncate deleted where the table may be captured', async () => {
    await refusing('whole', TRUNCATE, 4711);
    expect(await resync(scene, 'dbo.whole', { load: 'truncate' })).toMatchObject({
      method: 'truncate',
      counts: { inserted: 3, deleted: 3 },
    });
    await same('whole');
  });

  it('has no row deleted where an unseen foreign key may take others along', async () => {
    await refusing('whole', TRUNCATE, 4712);
    const before = await contents(scene.target, 'dbo.whole');
    await expect(resync(scene, 'dbo.whole', { load: 'truncate' })).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      remedy: expect.stringContaining('VIEW DEFINITION') as unknown,
    });
    expect(await contents(scene.target, 'dbo.whole')).toEqual(before);
  });
});
