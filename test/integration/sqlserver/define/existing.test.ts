import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DefineScene, nameOf, OWNER } from './scene.js';

let scene: DefineScene;

beforeAll(async () => {
  scene = await DefineScene.open('existing');
});
afterAll(async () => scene.close());

function columnsOf(side: 'source' | 'target', name: string): Promise<string[]> {
  return scene.model(side, name).then(({ columns }) => columns.map((column) => column.name));
}

describe('a target table that is there already', () => {
  it('is missing, empty or has rows, and Sluice made it or not', async () => {
    const create = 'CREATE TABLE dbo.plain (id int NOT NULL PRIMARY KEY, name nvarchar(20) NULL)';
    await scene.source.sql(create);
    expect(await scene.compare('plain')).toMatchObject({ exists: false, ours: false });
    await scene.target.sql(create);
    expect(await scene.compare('plain')).toEqual({
      ...{ exists: true, rows: 'none', ours: false, changes: [] },
    });
    await scene.target.sql("INSERT INTO dbo.plain VALUES (1, N'a')");
    expect((await scene.compare('plain')).rows).toBe('some');
  });

  it('is refused by the name of a column that has another type, also one that differs only in case', async () => {
    await scene.source.sql(`
      CREATE TABLE dbo.typed (id int NOT NULL PRIMARY KEY, made datetime2(7) NULL);
      CREATE TABLE dbo.cased (id int NOT NULL PRIMARY KEY, Name int NULL)`);
    await scene.target.sql(`
      CREATE TABLE dbo.typed (id int NOT NULL PRIMARY KEY, made datetime2(3) NULL);
      CREATE TABLE dbo.cased (id int NOT NULL PRIMARY KEY, name int NULL)`);
    await expect(scene.compare('typed')).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message:
        'The target table dbo.typed has column made as datetime2(3), the source as datetime2(7).',
    });
    await expect(scene.compare('cased')).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message:
        'The target table dbo.cased has column name, which the source calls Name: the names differ only in case.',
    });
  });

  it('is refused when its name differs only in case, or when it is no table', async () => {
    await scene.source.sql(`
      CREATE TABLE dbo.Twin (id int NOT NULL PRIMARY KEY);
      CREATE TABLE dbo.looked_at (id int NOT NULL PRIMARY KEY)`);
    await scene.target.sql(`
      CREATE TABLE dbo.twin (id int NOT NULL PRIMARY KEY)
      GO
      CREATE VIEW dbo.looked_at AS SELECT 1 AS id`);
    await expect(scene.compare('Twin')).rejects.toMatchObject({
      code: 'TARGET_COLLISION',
      message: 'dbo.Twin on the target is the table dbo.twin: the names differ only in case.',
    });
    await expect(scene.compare('looked_at')).rejects.toMatchObject({
      code: 'TARGET_COLLISION',
      message: 'dbo.looked_at on the target is a view, not a table.',
    });
  });

  it('11.4: is refused where it would swallow rows, and said where a trigger fires', async () => {
    await scene.source.sql(`
      CREATE TABLE dbo.lossy (id int NOT NULL PRIMARY KEY);
      CREATE TABLE dbo.replaced (id int NOT NULL PRIMARY KEY);
      CREATE TABLE dbo.watched (id int NOT NULL PRIMARY KEY)`);
    await scene.target.sql(`
      CREATE TABLE dbo.lossy (id int NOT NULL PRIMARY KEY WITH (IGNORE_DUP_KEY = ON));
      CREATE TABLE dbo.replaced (id int NOT NULL PRIMARY KEY);
      CREATE TABLE dbo.watched (id int NOT NULL PRIMARY KEY)
      GO
      CREATE TRIGGER dbo.swallow ON dbo.replaced INSTEAD OF INSERT AS SELECT 1 AS a
      GO
      CREATE TRIGGER dbo.note ON dbo.watched AFTER INSERT AS SELECT 1 AS a`);
    await expect(scene.compare('lossy')).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: expect.stringMatching(
        /^The target table dbo.lossy has the index .* IGNORE_DUP_KEY/,
      ) as string,
    });
    await expect(scene.compare('replaced')).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message:
        'The target table dbo.replaced has the INSTEAD OF trigger swallow, which would take the rows in place of the table.',
    });
    const { changes } = await scene.compare('watched');
    expect(changes.map(({ message }) => message)).toEqual([
      'dbo.watched has the trigger note, which fires on every replicated row.',
    ]);
  });

  it('gets a column that was added, follows a rename, and loses what was dropped', async () => {
    await scene.source.sql(`
      CREATE TABLE dbo.moving (
        id int NOT NULL PRIMARY KEY, name nvarchar(20) NULL,
        old int NULL CONSTRAINT DF_old DEFAULT (1)
      );
      CREATE INDEX IX_old ON dbo.moving (old)`);
    await scene.make('moving');
    await scene.source.sql(`
      ALTER TABLE dbo.moving ADD note nvarchar(max) NULL, n int NOT NULL CONSTRAINT DF_n DEFAULT (5)
      GO
      EXEC sp_rename N'dbo.moving.name', N'title', N'COLUMN'
      GO
      DROP INDEX IX_old ON dbo.moving
      ALTER TABLE dbo.moving DROP CONSTRAINT DF_old
      ALTER TABLE dbo.moving DROP COLUMN old`);
    await expect(scene.compare('moving', { heal: false })).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
    });
    const { changes, ours } = await scene.compare('moving');
    expect(ours).toBe(true);
    expect(changes.map(({ action }) => action)).toEqual([
      'altered',
      'altered',
      'altered',
      'altered',
    ]);
    expect(await columnsOf('target', 'moving')).toEqual(await columnsOf('source', 'moving'));
    expect((await scene.compare('moving')).changes).toEqual([]);
  });

  it('allows NULL where the source does by now', async () => {
    await scene.source.sql(
      'CREATE TABLE dbo.strict (id int NOT NULL PRIMARY KEY, a nvarchar(5) NULL)',
    );
    await scene.target.sql(
      'CREATE TABLE dbo.strict (id int NOT NULL PRIMARY KEY, a nvarchar(5) NOT NULL)',
    );
    await scene.compare('strict');
    expect((await scene.model('target', 'strict')).columns[1]?.nullable).toBe(true);
  });
});

describe('what a table requires', () => {
  it('is refused when a type of that name is another one, and left alone when it is equal', async () => {
    await scene.source.sql(`
      CREATE TYPE dbo.Label FROM nvarchar(60) NULL
      GO
      CREATE TABLE dbo.labelled (id int NOT NULL PRIMARY KEY, label dbo.Label)`);
    await scene.target.sql('CREATE TYPE dbo.Label FROM nvarchar(50) NULL');
    const model = await scene.model('source', 'labelled');
    await expect(scene.schema.prepareTable(model, nameOf('labelled'), OWNER)).rejects.toMatchObject(
      { code: 'SCHEMA_MISMATCH' },
    );
    await scene.target.sql(`
      DROP TYPE dbo.Label
      GO
      CREATE TYPE dbo.Label FROM nvarchar(60) NULL`);
    expect(await scene.schema.prepareTable(model, nameOf('labelled'), OWNER)).toEqual([]);
  });
});
