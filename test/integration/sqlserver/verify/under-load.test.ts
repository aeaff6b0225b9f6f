import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyTable } from '../../../../src/activities/verify/verify-table.js';
import type { VerifyResult } from '../../../../src/core/protocol.js';
import { patient, waitFor } from '../../../support/wait-for.js';
import { beginStreaming, startLane, type RunningLane } from '../pipeline/follow-table.js';
import { openPipeline, TARGET, type PipelineScene } from '../pipeline/pipeline-scene.js';

const RUNS = 10;
const ROWS = 1_000;
const PER_SECOND = 50;
const SLUG = 'dbo.t';

let scene: PipelineScene;
let lane: RunningLane;

beforeAll(async () => {
  scene = await openPipeline('under load', { source: { enableCdc: true } });
  const ddl = 'CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY, n int NOT NULL, v nvarchar(40));';
  await scene.source.sql(ddl);
  await scene.target.sql(ddl);
  await scene.reconcile();
  await beginStreaming(scene, SLUG);
  lane = await startLane(scene, SLUG);
  const rows = Array.from({ length: ROWS }, (_, id) => `(${String(id)}, 0, N'row ${String(id)}')`);
  await scene.source.sql(`INSERT INTO dbo.t (id, n, v) VALUES ${rows.join(', ')}`);
});
afterAll(async () => {
  await lane.stop();
  await scene.close();
});

function verify(): Promise<VerifyResult> {
  const ref = { pipeline: 'shop', target: TARGET, slug: SLUG };
  const request = { ...ref, scope: 'full', repair: false } as const;
  return scene.use((session) => verifyTable(session, request, lane.run));
}

/** Updates anywhere but in row 0, and now and then a row that goes and comes again. */
function startWriter(): { stop(): Promise<number> } {
  let writes = 0;
  let stopping = false;
  const writing = scene.source.session(async (sql) => {
    const began = Date.now();
    while (!stopping) {
      const due = ((Date.now() - began) / 1_000) * PER_SECOND;
      if (writes >= due) {
        await delay(5);
        continue;
      }
      const id = String(1 + ((writes * 7_919) % (ROWS - 1)));
      await sql(
        writes++ % 10 === 0
          ? `DELETE FROM dbo.t WHERE id = ${id}; INSERT INTO dbo.t (id, n, v) VALUES (${id}, -1, N'again')`
          : `UPDATE dbo.t SET n = n + 1 WHERE id = ${id}`,
      );
    }
  });
  return {
    stop: async () => {
      stopping = true;
      await writing;
      return writes;
    },
  };
}

describe('verification of a SQL Server table under load', () => {
  it(
    `8.9: gives no false alarm in ${String(RUNS)} runs, and finds a planted blank`,
    { timeout: patient(400_000) },
    async () => {
      await waitFor('the rows are there', async () => {
        const [row] = await scene.target.sql('SELECT COUNT(*) AS n FROM dbo.t');
        return row?.n === ROWS;
      });
      const writer = startWriter();
      const results: string[] = [];
      for (let n = 0; n < RUNS; n++) {
        const { result, differences } = await verify();
        results.push(`${result} ${String(differences)}`);
      }
      await scene.target.sql(`UPDATE dbo.t SET v = v + N' ' WHERE id = 0`);
      const planted = await verify();
      expect(await writer.stop()).toBeGreaterThan(RUNS);
      expect(results).toEqual(Array.from({ length: RUNS }, () => 'passed 0'));
      expect(planted).toMatchObject({ result: 'failed', differences: 1 });
      const keys = await scene.target.sql('SELECT row_key FROM sluice.verification_row');
      expect(keys).toEqual([{ row_key: '0;' }]);
    },
  );
});
