import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionPool } from '../../../../src/engines/sqlserver/sql-session.js';
import { poolOf } from '../full-sync/fixture.js';
import type { Scene } from '../full-sync/fixture.js';
import { openScene, resync } from '../full-sync/fixture.js';
import { beginStreaming, startLane } from '../pipeline/follow-table.js';
import { openPipeline } from '../pipeline/pipeline-scene.js';
import { patient, waitFor } from '../../../support/wait-for.js';
import {
  shownRow,
  fillLarge,
  HUGE_MB,
  LARGE_MB,
  largeTable,
  largeValues,
  seenLarge,
} from './large-values.js';

const UNLIMITED = `EXEC sp_configure 'max text repl size', -1; RECONFIGURE;`;

let scene: Scene;
let source: SessionPool;
let target: SessionPool;

beforeAll(async () => {
  scene = await openScene('large');
  source = poolOf(scene.source, 'change', 1);
  target = poolOf(scene.target, 'target', 1);
  await scene.source.sql(largeTable('large'));
});
afterAll(async () => {
  await Promise.all([source.close(), target.close()]);
  await scene.close();
});

describe('a row with 50 MB of bytes', () => {
  it('8.4: is copied bit by bit', { timeout: patient(600_000) }, async () => {
    const values = largeValues(HUGE_MB);
    await fillLarge(source, 'large', values);
    await resync(scene, 'dbo.large');
    expect(await seenLarge(target)).toEqual([values.seen]);
  });
});

describe(`a row with ${String(LARGE_MB)} MB of bytes and as much text (50 with SLUICE_TEST_HUGE)`, () => {
  it(
    '8.4: is streamed bit by bit, and a value that does not change stays',
    { timeout: patient(600_000) },
    async () => {
      const values = largeValues();
      const streamed = await openPipeline('large', { source: { enableCdc: true } });
      try {
        // The default refuses what is larger than 64 KB (max text repl size).
        if (streamed.server.standIn === null) await streamed.source.sql(UNLIMITED);
        await streamed.source.sql(`${largeTable('large')}
GO
${largeTable('made')}`);
        await streamed.target.sql(largeTable('large'));
        await streamed.reconcile();
        await beginStreaming(streamed, 'dbo.large');
        const lane = await startLane(streamed, 'dbo.large');
        const [from, to] = [
          poolOf(streamed.source, 'change', 1),
          poolOf(streamed.target, 'target', 1),
        ];
        await fillLarge(from, 'made', values);
        await streamed.source.sql('INSERT INTO dbo.large (id, b, t) SELECT id, b, t FROM dbo.made');
        const until = (seen: unknown) =>
          waitFor('the row is there', async () => isDeepStrictEqual(await seenLarge(to), [seen]), {
            timeoutMs: 300_000,
          });
        await until(values.seen);
        await streamed.source.sql(`UPDATE dbo.large SET t = N'short'`);
        await until(shownRow(values.bytes, 'short'));
        await lane.stop();
        await Promise.all([from.close(), to.close()]);
      } finally {
        await streamed.close();
      }
    },
  );
});
