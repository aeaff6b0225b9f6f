/** Values that each server gives out itself are no difference, and hide none. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyTable } from '../../../../src/activities/verify/verify-table.js';
import type { VerifyResult } from '../../../../src/core/protocol.js';
import { waitFor } from '../../../support/wait-for.js';
import { beginStreaming, startLane, type RunningLane } from '../pipeline/follow-table.js';
import { openPipeline, TARGET, type PipelineScene } from '../pipeline/pipeline-scene.js';

/** The number is made at each look, of what is the server's own. */
const STAMPED = `CREATE TABLE dbo.stamped (
  id int NOT NULL PRIMARY KEY, v nvarchar(20) NULL, own rowversion NOT NULL,
  number AS CONVERT(bigint, own), twice AS (id * 2) PERSISTED);`;
const LASTING = `CREATE TABLE dbo.lasting (
  id int NOT NULL PRIMARY KEY, v nvarchar(20) NULL,
  own datetime2(7) GENERATED ALWAYS AS ROW START NOT NULL DEFAULT SYSUTCDATETIME(),
  until datetime2(7) GENERATED ALWAYS AS ROW END NOT NULL
    DEFAULT CONVERT(datetime2(7), '9999-12-31 23:59:59.9999999'),
  PERIOD FOR SYSTEM_TIME (own, until));`;
const AS_PLAIN = `CREATE TABLE dbo.lasting (
  id int NOT NULL PRIMARY KEY, v nvarchar(20) NULL, own datetime2(7) NOT NULL,
  until datetime2(7) NOT NULL);`;
/** Two new databases would count alike. */
const COUNT_ON = `CREATE TABLE dbo.counted (id int NOT NULL PRIMARY KEY, own rowversion NOT NULL);
INSERT INTO dbo.counted (id) VALUES (1), (2), (3), (4), (5);`;
const ROWS = "(id, v) VALUES (1, N'one'), (2, N'two'), (3, N'three')";

let scene: PipelineScene;
let lane: RunningLane;

beforeAll(async () => {
  scene = await openPipeline('own values', { source: { enableCdc: true } });
  await scene.source.sql(STAMPED + LASTING);
  await scene.target.sql(COUNT_ON + STAMPED + AS_PLAIN);
  await scene.reconcile();
  for (const slug of ['dbo.stamped', 'dbo.lasting']) await beginStreaming(scene, slug);
  lane = await startLane(scene, 'dbo.stamped');
  await scene.source.sql(`INSERT INTO dbo.stamped ${ROWS}; INSERT INTO dbo.lasting ${ROWS}`);
  await waitFor('the rows are there', async () => {
    const [row] = await scene.target.sql(
      'SELECT (SELECT COUNT(*) FROM dbo.stamped) + (SELECT COUNT(*) FROM dbo.lasting) AS n',
    );
    return row?.n === 6;
  });
  await scene.target.sql(`UPDATE dbo.lasting SET own = '2001-01-01', until = '2002-01-01'`);
});
afterAll(async () => {
  await lane.stop();
  await scene.close();
});

describe.each(['stamped', 'lasting'])('a verification of dbo.%s', (table) => {
  const slug = `dbo.${table}`;
  const own = async (side: 'source' | 'target') =>
    scene[side].sql(`SELECT id, own FROM ${slug} ORDER BY id`);

  function verify(repair: boolean): Promise<VerifyResult> {
    const request = { pipeline: 'shop', target: TARGET, slug, scope: 'full', repair } as const;
    return scene.use((session) => verifyTable(session, request, lane.run));
  }

  it('11.13: does not compare the column whose values are each server’s own', async () => {
    expect(await own('target')).not.toEqual(await own('source'));
    expect(await verify(false)).toMatchObject({ result: 'passed', sourceRows: 3, targetRows: 3 });
  });

  it('11.13: finds a difference beside it, and repairs it', async () => {
    await scene.target.sql(`UPDATE ${slug} SET v = N'two ' WHERE id = 2`);
    expect(await verify(false)).toMatchObject({ result: 'failed', differences: 1 });
    const keys = await scene.target.sql(
      'SELECT row_key FROM sluice.verification_row ORDER BY verification_id DESC',
    );
    expect(keys[0]).toEqual({ row_key: '2;' });
    expect(await verify(true)).toMatchObject({ result: 'passed', differences: 1, repaired: 1 });
    const rows = await scene.target.sql(`SELECT v FROM ${slug} WHERE id = 2`);
    expect(rows).toEqual([{ v: 'two' }]);
  });
});
