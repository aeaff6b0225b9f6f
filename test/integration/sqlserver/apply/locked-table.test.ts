import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyActivities } from '../../../../src/activities/full-sync/copy.js';
import type { Dependencies } from '../../../../src/activities/dependencies.js';
import { watchLocked, type Comebacks } from '../../../../src/activities/watch/watch-locked.js';
import { waitFor } from '../../../support/wait-for.js';
import { beginStreaming, startLane, type RunningLane } from '../pipeline/follow-table.js';
import { openPipeline, TARGET, type PipelineScene } from '../pipeline/pipeline-scene.js';

const PATIENCE = { timeoutMs: 60_000 };

describe('a lock on one table of a SQL Server target', () => {
  let scene: PipelineScene;
  let lane: RunningLane;
  let others = 0;

  beforeAll(async () => {
    scene = await openPipeline('locked', { source: { enableCdc: true } });
    const ddl = `CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY, v nvarchar(20) NULL);
      CREATE TABLE dbo.other (id int NOT NULL PRIMARY KEY);`;
    await scene.source.sql(ddl);
    await scene.target.sql(ddl);
    await scene.reconcile();
    for (const table of ['dbo.t', 'dbo.other']) await beginStreaming(scene, table);
    // One lane: it is that of both.
    lane = await startLane(scene, 'dbo.t');
  });
  afterAll(async () => {
    await lane.stop();
    await scene.close();
  });

  const rowsOf = async (side: 'source' | 'target') =>
    scene[side].sql('SELECT id, v FROM dbo.t ORDER BY id');
  const same = async (): Promise<boolean> =>
    JSON.stringify(await rowsOf('source')) === JSON.stringify(await rowsOf('target'));

  async function otherGoesOn(patience = PATIENCE): Promise<void> {
    others += 1;
    await scene.source.sql(`INSERT INTO dbo.other VALUES (${String(others)})`);
    const arrived = async () =>
      (await scene.target.sql('SELECT id FROM dbo.other')).length === others;
    await waitFor('the other table goes on', arrived, patience);
  }

  it.each([
    ['that its writer holds', 'UPDATE dbo.t SET v = v WHERE id = 1'],
    ['on the whole table', 'SELECT TOP (1) id FROM dbo.t WITH (TABLOCKX, HOLDLOCK)'],
    ['of a report that keeps what it read', 'SELECT id FROM dbo.t WITH (TABLOCK, HOLDLOCK)'],
  ])(
    '%s sets that table aside; the others go on, and it comes back when the lock is gone',
    async (_, statement) => {
      await scene.source.sql(`DELETE dbo.t; INSERT INTO dbo.t VALUES (1, N'one')`);
      await waitFor('the row is there', same, PATIENCE);
      const comebacks: Comebacks = new Map();
      const watch = async (): Promise<string> => {
        await scene.use((session) => watchLocked(session, TARGET, comebacks));
        return (await scene.row('dbo.t')).phase;
      };
      await scene.target.session(async (locker) => {
        await locker(`BEGIN TRAN; ${statement}`);
        await scene.source.sql(`INSERT INTO dbo.t VALUES (2, N'two');
          UPDATE dbo.t SET v = N'changed' WHERE id = 1`);
        await otherGoesOn();
        const row = await scene.row('dbo.t');
        expect(row).toMatchObject({ phase: 'quarantined', faultCode: 'LOCK_TIMEOUT' });
        expect(row.faultMessage).toMatch(/holds a lock on dbo\.t/);
        // While it is held nothing waits for it any more.
        await scene.source.sql(`INSERT INTO dbo.t VALUES (3, N'three')`);
        await otherGoesOn({ timeoutMs: 8_000 });
        expect(await watch()).toBe('quarantined');
        await locker('ROLLBACK');
      });
      expect(await watch()).toBe('paused');
      await resume();
      await scene.source.sql(`INSERT INTO dbo.t VALUES (4, N'four')`);
      await waitFor('nothing is lost', same, PATIENCE);
      expect(await scene.target.sql('SELECT missing FROM sluice.table_feed')).toEqual([
        { missing: '0' },
        { missing: '0' },
      ]);
      const left = await scene.target.sql(
        'SELECT 1 AS n FROM sluice.error WHERE resolved_at IS NULL',
      );
      expect(left).toEqual([]);
    },
  );

  it('is not seen where readers come and go, or the table is not there', async () => {
    const locked = async (table: string) =>
      scene.use(async (session) =>
        (await session.target(TARGET)).isLocked?.({ schema: 'dbo', table }),
      );
    await scene.target.session(async (reader) => {
      await reader('BEGIN TRAN; SELECT id FROM dbo.t');
      expect(await locked('t')).toBe(false);
      await reader('ROLLBACK');
    });
    expect(await locked('nowhere')).toBe(false);
  });

  /** As the table's workflow does it. */
  async function resume(): Promise<void> {
    const session = { configPath: scene.configPath };
    const copy = copyActivities({ session } as unknown as Dependencies);
    const ref = { pipeline: 'shop', target: TARGET, slug: 'dbo.t' };
    const once = async () => copy.resumeTable(ref);
    await waitFor('it is resumed', async () => {
      const environment = new MockActivityEnvironment();
      return (await environment.run<[], { done: boolean }, typeof once>(once)).done;
    });
  }
});
