import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MsSession } from '../../../../src/engines/sqlserver/sql-session.js';
import type { SourceScene } from '../source-scene.js';
import { openSource } from '../source-scene.js';
import { connectMs } from '../../../../src/engines/sqlserver/connect.js';

/** Bits of @@OPTIONS: six that have to be on for indexed views, filtered and computed indexes. */
const ON = { warnings: 8, padding: 16, nulls: 32, arithAbort: 64, quoted: 256, concat: 4096 };
const ROUND_ABORT = 8192;

describe('a session of Sluice', () => {
  let scene: SourceScene;
  let session: MsSession;

  beforeAll(async () => {
    scene = await openSource('set options');
    await scene.sql(`CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY, n int NULL);
CREATE INDEX few ON dbo.t (n) WHERE n IS NOT NULL`);
    session = await connectMs(scene.connection, 'target');
  });
  afterAll(async () => {
    await session.close();
    await scene.close();
  });

  async function wrong(): Promise<string[]> {
    const [row] = await session.query<{ bits: number }>('SELECT @@OPTIONS AS bits');
    const bits = row?.bits ?? 0;
    const off = Object.entries(ON).filter(([, bit]) => (bits & bit) === 0);
    return [...off.map(([name]) => name), ...(bits & ROUND_ABORT ? ['roundAbort'] : [])];
  }

  it('has the seven SET options that indexes ask for, also after a reset', async () => {
    expect(await wrong()).toEqual([]);
    await session.query('INSERT INTO dbo.t VALUES (1, 1)');
    await session.batch('SET QUOTED_IDENTIFIER, ANSI_NULLS OFF');
    expect(await wrong()).toEqual(['nulls', 'quoted']);
    await expect(session.query('INSERT INTO dbo.t VALUES (2, 2)')).rejects.toMatchObject({
      vendorCode: '1934',
    });
    await session.reset();
    expect(await wrong()).toEqual([]);
    await session.query('INSERT INTO dbo.t VALUES (2, 2)');
  });
});
