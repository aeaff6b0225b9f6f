import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrphanRequest } from '../../../../src/engines/contract/verify.js';
import { MsVerify } from '../../../../src/engines/sqlserver/verify/ms-verify.js';
import type { SourceScene } from '../source-scene.js';
import { openSource } from '../source-scene.js';

let scene: SourceScene;
let verify: MsVerify;

beforeAll(async () => {
  scene = await openSource('orphans');
  verify = new MsVerify(scene.feeds.read, () => Promise.resolve(null));
  await scene.sql(`
CREATE TABLE dbo.[par]]ent] (a int NOT NULL, [b "x"] nvarchar(20) NOT NULL, PRIMARY KEY (a, [b "x"]))
GO
CREATE TABLE dbo.child (id int NOT NULL PRIMARY KEY, a int NULL, b nvarchar(20) NULL)
GO
INSERT INTO dbo.[par]]ent] VALUES (1, N'v'), (2, N'v'), (3, N'v')
GO
INSERT INTO dbo.child VALUES
  (1, 9, N'v'), (2, 1, N'other'), (3, 1, N'v'), (4, NULL, N'none'), (5, 9, NULL), (6, 3, N'v')`);
});
afterAll(async () => scene.close());

describe('rows without their parent', () => {
  const request: OrphanRequest = {
    table: { schema: 'dbo', table: 'child' },
    columns: ['a', 'b'],
    parent: { schema: 'dbo', table: 'par]ent' },
    parentColumns: ['a', 'b "x"'],
    key: ['id'],
    lastRows: null,
  };

  it('are counted; a NULL refers to nothing', async () => {
    expect(await verify.orphans(request)).toBe(2);
  });

  it('are counted among the last rows by key', async () => {
    expect(await verify.orphans({ ...request, lastRows: 4 })).toBe(0);
    expect(await verify.orphans({ ...request, lastRows: 5 })).toBe(1);
  });
});
