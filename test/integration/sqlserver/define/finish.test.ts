import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ObjectChange } from '../../../../src/engines/contract/schema.js';
import { nativeTable } from '../../../../src/engines/sqlserver/catalog/native.js';
import { DefineScene } from './scene.js';

let scene: DefineScene;

const TABLES = ['parents', 'children'];

beforeAll(async () => {
  scene = await DefineScene.open('finish');
  await scene.source.sql(`
    CREATE TABLE dbo.parents (
      id int IDENTITY(1, 1) NOT NULL CONSTRAINT PK_parents PRIMARY KEY,
      next int NULL CONSTRAINT FK_parents_self REFERENCES dbo.parents (id)
    );
    CREATE TABLE dbo.children (
      id int NOT NULL CONSTRAINT PK_children PRIMARY KEY,
      parent int NULL CONSTRAINT FK_children_parent REFERENCES dbo.parents (id) ON DELETE CASCADE,
      spare int NULL CONSTRAINT FK_children_spare REFERENCES dbo.parents (id)
    );
    CREATE TABLE dbo.elsewhere (id int NOT NULL PRIMARY KEY);
    ALTER TABLE dbo.children NOCHECK CONSTRAINT FK_children_spare;`);
  for (const table of TABLES) await scene.make(table);
});
afterAll(async () => scene.close());

function told(changes: readonly ObjectChange[]): string[] {
  return changes.map(({ action, kind, object }) => `${action} ${kind} ${object}`);
}

async function keysOf(table: string): Promise<string[]> {
  const { foreignKeys } = nativeTable(await scene.model('target', table)).parts;
  return foreignKeys
    .map(({ name, disabled, onDelete }) => `${name} ${onDelete} ${disabled ? 'off' : 'on'}`)
    .toSorted();
}

describe('foreign keys', () => {
  it('11.4: are there with their names and actions, and not enforced while rows stream in', async () => {
    // Two tables that become visible at once finish the same keys.
    const changes = await scene.finishTwice(...TABLES);
    expect(told(changes).toSorted()).toEqual([
      'created foreign key [dbo].[children] [FK_children_parent]',
      'created foreign key [dbo].[children] [FK_children_spare]',
      'created foreign key [dbo].[parents] [FK_parents_self]',
    ]);
    expect(await keysOf('children')).toEqual([
      'FK_children_parent CASCADE off',
      'FK_children_spare NO ACTION off',
    ]);
    expect(await scene.finish(...TABLES)).toEqual([]);
  });

  it('8.8: become trusted once they are proved, but for one that is off on the source', async () => {
    const schema = await scene.readSchema();
    const mapping = { schema: 'dbo', table: 'children' };
    const parents = { schema: 'dbo', table: 'parents' };
    const mappings = [
      { source: mapping, target: mapping },
      { source: parents, target: parents },
    ];
    const owner = { pipeline: 'shop', target: 'replica' };
    const changes = await scene.schema.validateForeignKeys(schema, mappings, owner);
    expect(changes.map(({ action }) => action)).toEqual(['altered', 'altered']);
    expect(await keysOf('children')).toEqual([
      'FK_children_parent CASCADE on',
      'FK_children_spare NO ACTION off',
    ]);
  });

  it('11.4: are checked for every change where that is asked for', async () => {
    await scene.enforce(...TABLES);
    expect(await keysOf('children')).toEqual([
      'FK_children_parent CASCADE on',
      'FK_children_spare NO ACTION off',
    ]);
    await expect(scene.target.sql('INSERT INTO dbo.children VALUES (1, 99, 99)')).rejects.toThrow(
      'FK_children_parent',
    );
    await scene.finish(...TABLES);
    await scene.target.sql('INSERT INTO dbo.children VALUES (1, 99, 99); DELETE FROM dbo.children');
  });

  it('go when the source drops them', async () => {
    await scene.source.sql('ALTER TABLE dbo.children DROP CONSTRAINT FK_children_spare');
    expect(told(await scene.finish(...TABLES))).toEqual([
      'dropped foreign key [dbo].[children] [FK_children_spare]',
    ]);
  });
});

describe('views, functions and procedures', () => {
  it('11.12: follow once all their tables do, in the order of what they need', async () => {
    await scene.source.sql(`
      CREATE FUNCTION dbo.doubled (@n int) RETURNS int AS BEGIN RETURN @n * 2 END
      GO
      CREATE VIEW dbo.bottom AS SELECT id, parent FROM dbo.children
      GO
      CREATE VIEW dbo.top_view AS SELECT id FROM dbo.bottom
      GO
      CREATE PROCEDURE dbo.listed AS SELECT id FROM dbo.top_view
      GO
      CREATE VIEW dbo.out_view AS SELECT id FROM dbo.elsewhere`);
    // Two tables that become visible at once finish the same objects.
    const made = told(await scene.finishTwice(...TABLES));
    expect(made.toSorted()).toEqual([
      'created function [dbo].[doubled]',
      'created procedure [dbo].[listed]',
      'created view [dbo].[bottom]',
      'created view [dbo].[top_view]',
    ]);
    expect(made.indexOf('created view [dbo].[bottom]')).toBeLessThan(
      made.indexOf('created view [dbo].[top_view]'),
    );
    expect(await scene.target.sql('SELECT id FROM dbo.top_view')).toEqual([]);
    expect(await scene.finish(...TABLES)).toEqual([]);
  });

  it('11.12: are altered in place, made anew where the kind changed, and dropped when they are gone', async () => {
    await scene.source.sql(`
      ALTER VIEW dbo.bottom AS SELECT id FROM dbo.children
      GO
      DROP FUNCTION dbo.doubled
      GO
      CREATE FUNCTION dbo.doubled (@n int) RETURNS TABLE AS RETURN SELECT id FROM dbo.children WHERE id = @n
      GO
      DROP PROCEDURE dbo.listed`);
    expect(told(await scene.finish(...TABLES)).toSorted()).toEqual([
      'dropped procedure [dbo].[listed]',
      'replaced function [dbo].[doubled]',
      'replaced view [dbo].[bottom]',
    ]);
  });

  it('of the same name that Sluice did not make are reported and left alone', async () => {
    await scene.source.sql('CREATE VIEW dbo.theirs AS SELECT id FROM dbo.children');
    await scene.target.sql('CREATE VIEW dbo.theirs AS SELECT 42 AS id');
    const changes = await scene.finish(...TABLES);
    expect(changes.map(({ message }) => message)).toEqual([
      "view [dbo].[theirs] differs from the source and is not Sluice's: left alone.",
    ]);
    expect(await scene.target.sql('SELECT id FROM dbo.theirs')).toEqual([{ id: 42 }]);
  });
});

describe('identities and sequences', () => {
  it('are set past the source, and never back', async () => {
    await scene.source.sql('INSERT INTO dbo.parents (next) VALUES (NULL), (NULL), (NULL)');
    await scene.align(...TABLES);
    await scene.target.sql('INSERT INTO dbo.parents (next) VALUES (NULL)');
    expect(await scene.target.sql('SELECT id FROM dbo.parents')).toEqual([{ id: 4 }]);
    await scene.align(...TABLES);
    await scene.target.sql('INSERT INTO dbo.parents (next) VALUES (NULL)');
    expect(await scene.target.sql('SELECT MAX(id) AS id FROM dbo.parents')).toEqual([{ id: 5 }]);
  });
});
