import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { streamActivities } from '../../../../src/activities/lane/apply-changes.js';
import { copyActivities } from '../../../../src/activities/full-sync/copy.js';
import type { Dependencies } from '../../../../src/activities/dependencies.js';
import type { TestMsDatabase } from '../../../support/sqlserver/server.js';
import { waitFor } from '../../../support/wait-for.js';
import { openPipeline, TARGET, type PipelineScene } from './pipeline-scene.js';

const ROWS = 2_000;
const FILL = `
CREATE TABLE dbo.t (id int NOT NULL CONSTRAINT t_pk PRIMARY KEY, v nvarchar(40) NULL)
GO
WITH d AS (SELECT n FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS d (n))
INSERT INTO dbo.t (id, v)
SELECT s.id, CONCAT(N'row ', s.id)
  FROM (SELECT 1 + a.n + 10 * b.n + 100 * c.n + 1000 * d.n AS id
          FROM d AS a CROSS JOIN d AS b CROSS JOIN d AS c CROSS JOIN d AS d) AS s
 WHERE s.id <= ${ROWS}`;

const REF = { pipeline: 'shop', target: TARGET, slug: 'dbo.t' };

let scene: PipelineScene;

beforeAll(async () => {
  scene = await openPipeline('adopt', {
    source: { enableCdc: true },
    pipeline: { defaults: { existing: 'adopt', poll: { cdc: '200ms' } } },
  });
  for (const side of [scene.source, scene.target]) await side.sql(FILL);
});

afterAll(async () => scene.close());

const once = async <R>(activity: () => Promise<R>): Promise<R> =>
  new MockActivityEnvironment().run<[], R, () => Promise<R>>(activity);

const dependencies = () =>
  ({ session: { configPath: scene.configPath } }) as unknown as Dependencies;

function startLane(): { stop(): Promise<void> } {
  const stream = streamActivities(dependencies());
  const environment = new MockActivityEnvironment();
  const apply = async (): Promise<unknown> => stream.applyChanges({ ...REF, n: 0 });
  const running = environment.run<[], unknown, typeof apply>(apply);
  running.catch(() => undefined);
  return {
    stop: async () => {
      environment.cancel();
      await running;
    },
  };
}

/** As the table's workflow does it. */
async function firstCopy(): Promise<void> {
  const copy = copyActivities(dependencies());
  await once(async () => copy.bootstrapTable(REF));
  const { epoch } = await once(async () =>
    copy.beginEpoch({ ...REF, requestId: 'first-0', reason: 'a test' }),
  );
  const of = { ...REF, epoch };
  // It comes back to say what it waits for.
  await waitFor('it is handed over', async () => {
    return (await once(async () => copy.awaitHandOver(of))).ready;
  });
  await once(async () => copy.prepareStage(of));
  await once(async () => copy.copyChunks({ ...of, lane: 0, lanes: 1 }));
  await once(async () => copy.finishStage(of));
  await once(async () => copy.cutOver(of));
  await once(async () => copy.afterCutOver(of));
}

const rows = async (side: TestMsDatabase) =>
  JSON.stringify(await side.sql('SELECT id, v FROM dbo.t ORDER BY id'));
const isEqual = async () => (await rows(scene.source)) === (await rows(scene.target));

describe('existing: adopt, on SQL Server', () => {
  it('writes the 10 wrong rows of a target and no other, then streams', async () => {
    await scene.target.sql(`
UPDATE dbo.t SET v = N'wrong' WHERE id IN (3, 500, 999, 1234);
DELETE FROM dbo.t WHERE id IN (1, 777, ${ROWS});
INSERT INTO dbo.t (id, v) VALUES (${ROWS + 1}, N'extra'), (${ROWS + 2}, N'extra'), (-1, N'extra');
ALTER DATABASE CURRENT SET CHANGE_TRACKING = ON;
ALTER TABLE dbo.t ENABLE CHANGE_TRACKING;`);
    await scene.reconcile();
    const lane = startLane();
    try {
      await firstCopy();
      expect(await isEqual()).toBe(true);
      const written = await scene.target.sql(
        'SELECT COUNT(*) AS n FROM CHANGETABLE(CHANGES dbo.t, 0) AS c',
      );
      expect(written).toEqual([{ n: 10 }]);
      expect(await scene.row('dbo.t')).toMatchObject({ phase: 'streaming', rowsCopied: 0 });
      await scene.source.sql(
        `UPDATE dbo.t SET v = N'streamed' WHERE id <= 5; DELETE FROM dbo.t WHERE id = 9`,
      );
      await waitFor('the stream goes on', isEqual, { timeoutMs: 60_000 });
    } finally {
      await lane.stop();
    }
  });
});
