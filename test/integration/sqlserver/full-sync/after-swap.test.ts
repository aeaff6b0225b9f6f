import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contents, openScene, resync } from './fixture.js';
import type { Scene } from './fixture.js';

let scene: Scene;

beforeAll(async () => {
  scene = await openScene('after');
});

afterAll(async () => scene.close());

describe('a table whose rows were exchanged', () => {
  it('11.3: gives its identity the next value, which SWITCH does not', async () => {
    const table = `
CREATE TABLE dbo.counted (
  id int IDENTITY(1, 1) NOT NULL CONSTRAINT counted_pk PRIMARY KEY, v nvarchar(20) NULL)`;
    await scene.source.sql(`${table};
INSERT INTO dbo.counted (v) VALUES (N'a'), (N'b'), (N'c'), (N'd'), (N'e')`);
    await scene.target.sql(`${table}; INSERT INTO dbo.counted (v) VALUES (N'old')`);
    const shown = await resync(scene, 'dbo.counted', { load: 'swap' });
    expect(shown).toMatchObject({ method: 'swap', done: true });
    await scene.target.sql("INSERT INTO dbo.counted (v) VALUES (N'next')");
    const [last] = (await contents(scene.target, 'dbo.counted')).slice(-1);
    expect(last).toEqual({ id: 6, v: 'next' });
  });

  it('8.7: is emptied row by row where Change Data Capture or Change Tracking follows it', async () => {
    const table = `
CREATE TABLE dbo.followed (id int NOT NULL CONSTRAINT followed_pk PRIMARY KEY, v int NULL)`;
    await scene.source.sql(`${table}; INSERT INTO dbo.followed (id, v) VALUES (1, 1), (2, 2)`);
    await scene.target.sql(`${table}; INSERT INTO dbo.followed (id, v) VALUES (2, 9), (3, 9);
ALTER DATABASE CURRENT SET CHANGE_TRACKING = ON;
ALTER TABLE dbo.followed ENABLE CHANGE_TRACKING;`);
    const version = "SELECT CHANGE_TRACKING_MIN_VALID_VERSION(OBJECT_ID(N'dbo.followed')) AS v";
    const before = await scene.target.sql(version);
    expect(await resync(scene, 'dbo.followed', { load: 'truncate' })).toMatchObject({
      method: 'truncate',
      done: true,
    });
    // A TRUNCATE would have moved it, and everybody behind it would have had to start anew.
    expect(await scene.target.sql(version)).toEqual(before);
    await scene.target.sql(`
ALTER TABLE dbo.followed DISABLE CHANGE_TRACKING;
EXEC sys.sp_cdc_enable_db;
EXEC sys.sp_cdc_enable_table @source_schema = N'dbo', @source_name = N'followed', @role_name = NULL`);
    await resync(scene, 'dbo.followed', { load: 'truncate' });
    expect(await contents(scene.target, 'dbo.followed')).toEqual(
      await contents(scene.source, 'dbo.followed'),
    );
  });
});
