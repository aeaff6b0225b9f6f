import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Scene } from './fixture.js';
import { beginCopy, contents, openScene, resync } from './fixture.js';

const TABLE = `
CREATE TABLE dbo.sales (
  day int NOT NULL, id int NOT NULL, amount decimal(10, 2) NULL,
  CONSTRAINT sales_pk PRIMARY KEY CLUSTERED (day, id))`;

const PARTITIONS = `
SELECT p.partition_number AS number, p.rows AS rows
  FROM sys.partitions AS p
 WHERE p.object_id = OBJECT_ID(N'dbo.sales') AND p.index_id = 1
 ORDER BY p.partition_number`;

let scene: Scene;

beforeAll(async () => {
  scene = await openScene('switch');
  await scene.source.sql(`${TABLE}
GO
INSERT INTO dbo.sales (day, id, amount) VALUES
  (20250206, 1, 1), (20250206, 2, 2), (20250207, 1, 3), (20250208, 1, 4), (20250208, 2, 5)`);
  await scene.target.sql(`
CREATE PARTITION FUNCTION by_day (int) AS RANGE RIGHT FOR VALUES (20250205, 20250206)
GO
CREATE PARTITION SCHEME by_day AS PARTITION by_day ALL TO ([PRIMARY])
GO
${TABLE} ON by_day (day)
GO
INSERT INTO dbo.sales (day, id, amount) VALUES (20250205, 1, 9), (20250206, 1, 9)`);
});

afterAll(async () => scene.close());

describe('a switch of partitions', () => {
  it('replaces each partition and leaves the table the same object', async () => {
    await scene.source.sql('DELETE FROM dbo.sales WHERE day > 20250206');
    const before = await scene.target.sql(`SELECT OBJECT_ID(N'dbo.sales') AS id`);
    const result = await resync(scene, 'dbo.sales', { load: 'partitionSwitch' });
    expect(result).toMatchObject({ method: 'partitionSwitch', done: true });
    expect(await contents(scene.target, 'dbo.sales', 'day, id')).toEqual(
      await contents(scene.source, 'dbo.sales', 'day, id'),
    );
    expect(await scene.target.sql(`SELECT OBJECT_ID(N'dbo.sales') AS id`)).toEqual(before);
  });

  it('has its staged rows beside the scheme until the partitions are made, unless they are large', async () => {
    const places = `
SELECT o.name AS name, d.type AS kind
  FROM sys.indexes AS i
  JOIN sys.data_spaces AS d ON d.data_space_id = i.data_space_id
  JOIN sys.objects AS o ON o.object_id = i.object_id
 WHERE i.index_id IN (0, 1) AND LEFT(SCHEMA_NAME(o.schema_id), 13) = N'sluice_stage_'`;
    const large = TABLE.replace('dbo.sales', 'dbo.notes')
      .replace('sales_pk', 'notes_pk')
      .replace('amount', 'note nvarchar(max) NULL, amount');
    await scene.source.sql(large);
    await scene.target.sql(`${large} ON by_day (day)`);
    for (const name of ['sales', 'notes']) {
      const stage = await beginCopy(scene, await scene.model(`dbo.${name}`), {
        load: 'partitionSwitch',
      });
      expect(await scene.target.sql(places)).toEqual([
        { name, kind: name === 'sales' ? 'FG' : 'PS' },
      ]);
      await scene.fullTarget.dropStage(stage);
    }
  });

  it('11.11: moves no rows by a split that was not allowed to, and says so', async () => {
    await scene.target.sql(`INSERT INTO dbo.sales (day, id) VALUES (20250209, 7)`);
    await scene.source.sql(`
INSERT INTO dbo.sales (day, id, amount) VALUES (20250207, 1, 3), (20250208, 1, 4), (20250208, 2, 5)`);
    const result = await resync(scene, 'dbo.sales', { load: 'partitionSwitch' });
    expect(result).toMatchObject({ method: 'partitionSwitch', done: true });
    expect(await scene.target.sql(PARTITIONS)).toHaveLength(3);
    const [event] = await scene.target.sql(
      `SELECT TOP (1) message FROM sluice.event WHERE kind = N'partition' AND level = N'warning' ORDER BY event_id`,
    );
    expect(event?.message).toMatch(/20250207.*allowDataMovement/);
    expect(await contents(scene.target, 'dbo.sales', 'day, id')).toEqual(
      await contents(scene.source, 'dbo.sales', 'day, id'),
    );
  });

  it('11.11: makes the partitions that are missing', async () => {
    await scene.target.sql('DELETE FROM dbo.sales WHERE day > 20250206');
    await resync(scene, 'dbo.sales', { load: 'partitionSwitch' });
    const partitions = await scene.target.sql(PARTITIONS);
    expect(partitions.map((row) => Number(row.rows))).toEqual([0, 0, 2, 1, 2]);
    expect(await contents(scene.target, 'dbo.sales', 'day, id')).toEqual(
      await contents(scene.source, 'dbo.sales', 'day, id'),
    );
  });

  it('leaves partitions alone that the source has no row in, where they are to be kept', async () => {
    await scene.target.sql(
      `INSERT INTO dbo.sales (day, id, amount) VALUES (20250205, 1, 9), (20250205, 2, 9)`,
    );
    await scene.source.sql(`
DELETE FROM dbo.sales WHERE day = 20250206; UPDATE dbo.sales SET amount = 44 WHERE day = 20250208`);
    const old = () => scene.target.sql('SELECT day, id FROM dbo.sales WHERE day < 20250207');
    const before = await old();
    const load = { load: 'partitionSwitch', keepsPartitions: true };
    expect(await resync(scene, 'dbo.sales', load)).toMatchObject({ method: 'partitionSwitch' });
    expect(await old()).toEqual(before);
    const fresh = 'SELECT day, id, amount FROM dbo.sales WHERE day > 20250206 ORDER BY day, id';
    expect(await scene.target.sql(fresh)).toEqual(await scene.source.sql(fresh));
    const [said] = await scene.target.sql(
      `SELECT TOP (1) message FROM sluice.event WHERE kind = N'partition' ORDER BY event_id DESC`,
    );
    expect(said?.message).toBe(
      'The source has no row in 2 partitions of the target; they stay as they are.',
    );
    await resync(scene, 'dbo.sales', { load: 'partitionSwitch' });
    expect(await contents(scene.target, 'dbo.sales', 'day, id')).toEqual(
      await contents(scene.source, 'dbo.sales', 'day, id'),
    );
    await scene.source.sql(
      'INSERT INTO dbo.sales (day, id, amount) VALUES (20250206, 1, 1), (20250206, 2, 2)',
    );
  });

  it('is a merge where the table is not partitioned', async () => {
    await scene.target.sql(`DROP TABLE dbo.sales
GO
${TABLE}
GO
INSERT INTO dbo.sales (day, id, amount) VALUES (20250205, 1, 9)`);
    const result = await resync(scene, 'dbo.sales', { load: 'partitionSwitch' });
    expect(result).toMatchObject({ method: 'merge', counts: { inserted: 5, deleted: 1 } });
  });
});
