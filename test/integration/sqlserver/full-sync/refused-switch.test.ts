import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Scene } from './fixture.js';
import { contents, openScene, resync } from './fixture.js';

/** Faults are switches of the stand-in; a real server has none. */
const real = (process.env.SLUICE_TEST_SQLSERVER_URL ?? '') !== '';

const TABLE = `
CREATE TABLE dbo.sales (
  day int NOT NULL, id int NOT NULL, amount decimal(10, 2) NULL,
  CONSTRAINT sales_pk PRIMARY KEY CLUSTERED (day, id))`;

const EVENTS = `
SELECT message FROM sluice.event WHERE kind = N'switch' AND level = N'warning' ORDER BY event_id`;

describe.skipIf(real)('a partition that the server refuses to switch (needs the stand-in)', () => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await openScene('refused');
    await scene.source.sql(TABLE);
    await scene.target.sql(`
CREATE PARTITION FUNCTION by_day (int) AS RANGE RIGHT FOR VALUES (20250206, 20250207, 20250208)
GO
CREATE PARTITION SCHEME by_day AS PARTITION by_day ALL TO ([PRIMARY])
GO
${TABLE} ON by_day (day)
GO
INSERT INTO dbo.sales (day, id, amount) VALUES
  (20250206, 1, 9), (20250207, 1, 3), (20250207, 2, 8), (20250208, 1, 7)`);
  });
  afterEach(async () => {
    await scene.target.sql('EXEC standin.clear_faults');
    await scene.target.sql('DELETE FROM sluice.event');
  });
  afterAll(async () => scene.close());

  const arm = (fault: object) =>
    scene.target.sql(`EXEC standin.fault N'${JSON.stringify(fault).replaceAll("'", "''")}'`);

  async function fill(amount: number): Promise<void> {
    await scene.source.sql(`
DELETE FROM dbo.sales
GO
INSERT INTO dbo.sales (day, id, amount) VALUES
  (20250206, 1, ${amount}), (20250206, 2, 2), (20250207, 1, 3), (20250207, 3, 4),
  (20250208, 1, ${amount}), (20250208, 2, 5)`);
  }

  async function same(): Promise<void> {
    expect(await contents(scene.target, 'dbo.sales', 'day, id')).toEqual(
      await contents(scene.source, 'dbo.sales', 'day, id'),
    );
  }

  it('8.6: has the rows of its range merged, while the others are switched', async () => {
    await fill(1);
    await arm({ kind: 'error', match: 'SWITCH PARTITION 3', number: 4972, level: 16 });
    // Only the rows of 2025-02-07 were compared: one came, one went, one is as it was.
    expect(await resync(scene, 'dbo.sales', { load: 'partitionSwitch' })).toMatchObject({
      method: 'merge',
      done: true,
      counts: { inserted: 1, updated: 0, deleted: 1 },
    });
    await same();
    const events = await scene.target.sql(EVENTS);
    expect(events.map((row) => row.message)).toEqual([
      expect.stringMatching(/switch of partition 3 was refused: .*allow values.*merged instead/),
    ]);
  });

  it('has every range merged that is refused, one after the other', async () => {
    await fill(6);
    await arm({ kind: 'error', match: 'SWITCH PARTITION 2', number: 4938, level: 16 });
    await arm({ kind: 'error', match: 'SWITCH PARTITION 4', number: 4938, level: 16 });
    expect(await resync(scene, 'dbo.sales', { load: 'partitionSwitch' })).toMatchObject({
      counts: { inserted: 0, updated: 2, deleted: 0 },
    });
    await same();
    const messages = (await scene.target.sql(EVENTS)).map((row) => String(row.message));
    expect(messages).toEqual([
      expect.stringMatching(/partition 2 was refused/),
      expect.stringMatching(/partition 4 was refused/),
    ]);
  });

  it('is merged with its whole table, and other partitions stay where they are to be kept', async () => {
    await scene.target.sql(`
DELETE FROM dbo.sales
GO
INSERT INTO dbo.sales (day, id, amount) VALUES (20250206, 1, 9), (20250207, 1, 3), (20250207, 9, 9)`);
    await scene.source.sql(`
DELETE FROM dbo.sales
GO
INSERT INTO dbo.sales (day, id, amount) VALUES (20250207, 1, 3), (20250208, 1, 5)`);
    for (const _ of Array.from({ length: 9 })) {
      await arm({ kind: 'error', match: 'SWITCH PARTITION', number: 4938, level: 16 });
    }
    const options = { load: 'partitionSwitch', keepsPartitions: true };
    expect(await resync(scene, 'dbo.sales', options)).toMatchObject({ done: true });
    const rows = await scene.target.sql('SELECT day, id FROM dbo.sales ORDER BY day, id');
    expect(rows).toEqual([
      { day: 20250206, id: 1 },
      { day: 20250207, id: 1 },
      { day: 20250208, id: 1 },
    ]);
  });

  it('is a merge that leaves other partitions alone where a foreign key forbids a switch', async () => {
    await scene.target.sql(`
CREATE TABLE dbo.refund (
  day int NOT NULL, id int NOT NULL,
  CONSTRAINT fk_refund FOREIGN KEY (day, id) REFERENCES dbo.sales (day, id))
GO
INSERT INTO dbo.sales (day, id, amount) VALUES (20250207, 8, 8)`);
    const options = { load: 'partitionSwitch', keepsPartitions: true };
    const shown = await resync(scene, 'dbo.sales', options);
    expect(shown).toMatchObject({
      method: 'merge',
      counts: { inserted: 0, updated: 0, deleted: 1 },
    });
    const rows = await scene.target.sql('SELECT day, id FROM dbo.sales ORDER BY day, id');
    expect(rows).toEqual([
      { day: 20250206, id: 1 },
      { day: 20250207, id: 1 },
      { day: 20250208, id: 1 },
    ]);
  });

  it('is replaced by partitions where rows have no key, and other partitions stay', async () => {
    await scene.source.sql('CREATE TABLE dbo.hits (day int NOT NULL, v int NULL)');
    await scene.source.sql('INSERT INTO dbo.hits (day, v) VALUES (20250207, 1), (20250207, 1)');
    await scene.target.sql(`
CREATE TABLE dbo.hits (day int NOT NULL, v int NULL) ON by_day (day)
GO
INSERT INTO dbo.hits (day, v) VALUES (20250206, 6), (20250207, 7), (20250208, 8)`);
    await arm({ kind: 'error', match: 'SWITCH PARTITION 3', number: 4938, level: 16 });
    const options = { load: 'partitionSwitch', keepsPartitions: true };
    expect(await resync(scene, 'dbo.hits', options)).toMatchObject({
      method: 'truncate',
      counts: { inserted: 2, deleted: 1 },
    });
    expect(await contents(scene.target, 'dbo.hits', 'day, v')).toEqual([
      { day: 20250206, v: 6 },
      { day: 20250207, v: 1 },
      { day: 20250207, v: 1 },
      { day: 20250208, v: 8 },
    ]);
  });
});
