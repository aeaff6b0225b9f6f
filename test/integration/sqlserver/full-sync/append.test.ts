import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Scene } from './fixture.js';
import { contents, count, openScene, resync } from './fixture.js';

let scene: Scene;

beforeAll(async () => {
  scene = await openScene('append');
});

afterAll(async () => scene.close());

describe('load: append', () => {
  it('adds the rows that the target lacks, and changes and removes none', async () => {
    const table = `
CREATE TABLE dbo.kept (
  id int NOT NULL CONSTRAINT kept_pk PRIMARY KEY, no int IDENTITY(1, 1) NOT NULL, v nvarchar(20) NULL)`;
    await scene.source.sql(`${table}; INSERT INTO dbo.kept (id, v) VALUES (1, N'a'), (2, N'b')`);
    await scene.target.sql(`${table};
SET IDENTITY_INSERT dbo.kept ON;
INSERT INTO dbo.kept (id, no, v) VALUES (2, 70, N'edited'), (3, 80, N'their own')`);
    expect(await resync(scene, 'dbo.kept', { load: 'append' })).toMatchObject({
      method: 'append',
      counts: { inserted: 1, updated: 0, deleted: 0 },
      done: true,
    });
    expect(await contents(scene.target, 'dbo.kept')).toEqual([
      { id: 1, no: 1, v: 'a' },
      { id: 2, no: 70, v: 'edited' },
      { id: 3, no: 80, v: 'their own' },
    ]);
  });

  it('adds every row by every load where there is no key', async () => {
    const table = 'CREATE TABLE dbo.heap (v nvarchar(20) NULL)';
    await scene.source.sql(`${table}; INSERT INTO dbo.heap (v) VALUES (N'a'), (N'b')`);
    await scene.target.sql(`${table}; INSERT INTO dbo.heap (v) VALUES (N'b'), (N'their own')`);
    for (const rows of [4, 6]) {
      expect(await resync(scene, 'dbo.heap', { load: 'append' })).toMatchObject({
        method: 'append',
        counts: { inserted: 2, updated: 0, deleted: 0 },
      });
      expect(await count(scene.target, 'dbo.heap')).toBe(rows);
    }
  });
});
