import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DefineScene } from './scene.js';

let scene: DefineScene;

beforeAll(async () => {
  scene = await DefineScene.open('routines');
  await scene.source.sql(`
    CREATE TABLE dbo.goods (id int NOT NULL CONSTRAINT pk_goods PRIMARY KEY, price int NULL)
    GO
    CREATE VIEW dbo.old_name AS SELECT id FROM dbo.goods
    GO
    CREATE PROCEDURE dbo.secret WITH ENCRYPTION AS SELECT id FROM dbo.goods
    GO
    EXEC sp_rename N'dbo.old_name', N'new_name'`);
  await scene.make('goods');
});
afterAll(async () => scene.close());

const views = async () =>
  (await scene.target.sql("SELECT name FROM sys.views WHERE schema_id = SCHEMA_ID(N'dbo')")).map(
    ({ name }) => name,
  );

describe('routines between SQL Servers', () => {
  it('11.12: have the name of the catalogue, though their text has the one before sp_rename', async () => {
    await scene.finish('goods');
    expect(await views()).toEqual(['new_name']);
    expect(await scene.target.sql('SELECT id FROM dbo.new_name')).toEqual([]);
  });

  it('11.12: that are encrypted are reported and do not follow', async () => {
    const [left] = (await scene.finish('goods')).filter(({ action }) => action === 'left');
    expect(left?.message).toBe('procedure [dbo].[secret] does not follow: it is encrypted.');
    expect(await scene.target.sql('SELECT name FROM sys.procedures')).toEqual([]);
  });

  it('11.12: keep what was granted on them when they are altered', async () => {
    await scene.target.sql(`
      CREATE USER reader WITHOUT LOGIN
      GO
      GRANT SELECT ON dbo.new_name TO reader`);
    await scene.source.sql('ALTER VIEW dbo.new_name AS SELECT id, price FROM dbo.goods');
    await scene.finish('goods');
    expect(await scene.target.sql('SELECT price FROM dbo.new_name')).toEqual([]);
    const granted = await scene.target.sql(
      `SELECT permission_name AS what FROM sys.database_permissions
        WHERE class = 1 AND major_id = OBJECT_ID(N'dbo.new_name')`,
    );
    expect(granted).toEqual([{ what: 'SELECT' }]);
  });
});
