import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Scene } from './fixture.js';
import { beginCopy, copyAll, count, openScene, showStage } from './fixture.js';

let scene: Scene;

beforeAll(async () => {
  scene = await openScene('renumbered');
});

afterAll(async () => scene.close());

const TABLE = `
CREATE TABLE dbo.parent (
  code nvarchar(10) NOT NULL CONSTRAINT parent_pk PRIMARY KEY, no int IDENTITY(1, 1) NOT NULL)
GO
SET IDENTITY_INSERT dbo.parent ON`;

describe('a merge of a row whose identity value the source changed', () => {
  it('11.4: is refused while a foreign key refers to the table, whose rows would go with it', async () => {
    await scene.source.sql(`${TABLE}; INSERT INTO dbo.parent (code, no) VALUES (N'a', 7)`);
    await scene.target.sql(`${TABLE}; INSERT INTO dbo.parent (code, no) VALUES (N'a', 1)
GO
CREATE TABLE dbo.child (id int NOT NULL PRIMARY KEY,
  parent nvarchar(10) NULL CONSTRAINT fk_child REFERENCES dbo.parent (code) ON DELETE CASCADE)
GO
INSERT INTO dbo.child (id, parent) VALUES (1, N'a')`);
    const model = await scene.model('dbo.parent');
    const stage = await beginCopy(scene, model);
    await copyAll(scene, model, stage);
    await expect(showStage(scene, stage, 'merge')).rejects.toMatchObject({
      code: 'ROW_REJECTED',
      message: expect.stringContaining('dbo.parent.no, an identity column') as string,
    });
    expect(await count(scene.target, 'dbo.child')).toBe(1);
    await scene.target.sql('ALTER TABLE dbo.child NOCHECK CONSTRAINT fk_child');
    expect(await scene.fullTarget.merge(stage, { deletes: true })).toMatchObject({ updated: 1 });
    expect(await scene.target.sql('SELECT no FROM dbo.parent')).toEqual([{ no: 7 }]);
    expect(await count(scene.target, 'dbo.child')).toBe(1);
  });
});
