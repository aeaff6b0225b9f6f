import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LongRun } from '../../../../src/activities/long-running.js';
import { verifyTable } from '../../../../src/activities/verify/verify-table.js';
import { beginStreaming } from '../pipeline/follow-table.js';
import { openPipeline, TARGET, type PipelineScene } from '../pipeline/pipeline-scene.js';

const RUN: LongRun = {
  signal: new AbortController().signal,
  dueToReturn: () => false,
  pause: () => new Promise((resolve) => setImmediate(resolve)),
  report: () => undefined,
};
const SLUG = 'dbo.t';

let scene: PipelineScene;

beforeAll(async () => {
  scene = await openPipeline('unsettled', { source: { enableCdc: true } });
  const ddl = 'CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY, v int NOT NULL);';
  await scene.source.sql(ddl);
  await scene.target.sql(ddl);
  await scene.reconcile();
  await beginStreaming(scene, SLUG);
});
afterAll(async () => {
  await scene.close();
});

describe('a verification of a table whose lane nobody runs', () => {
  it('8.9: does not call rows equal that it could not settle, and says how many and why', async () => {
    await scene.source.sql('INSERT INTO dbo.t VALUES (1, 1), (2, 2)');
    const request = {
      pipeline: 'shop',
      target: TARGET,
      slug: SLUG,
      scope: 'full',
      repair: false,
    } as const;
    const verdict = await scene.use((session) =>
      verifyTable(session, request, RUN, { rounds: { most: 3, late: 2 }, reachMs: 100 }),
    );
    expect(verdict).toMatchObject({ result: 'unsettled', differences: 0 });
    const message =
      '2 rows could not be settled: the target did not reach the position of the source in time';
    const kept = await scene.target.sql('SELECT result, message FROM sluice.verification');
    expect(kept).toEqual([{ result: 'unsettled', message }]);
    expect((await scene.row(SLUG)).verifiedResult).toBe('unsettled');
  });
});
