import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { watchRetention } from '../../../../src/activities/watch-retention.js';
import { openPipeline, TARGET, type PipelineScene } from './pipeline-scene.js';

const DAY = 86_400;

let scene: PipelineScene;
beforeAll(async () => {
  scene = await openPipeline('retention', { source: { enableChangeTracking: true } });
  await scene.source.sql(`
    EXEC sys.sp_cdc_enable_db
    GO
    CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY)
    GO
    ALTER DATABASE CURRENT SET CHANGE_TRACKING = ON (CHANGE_RETENTION = 36 HOURS, AUTO_CLEANUP = ON)`);
  await scene.reconcile();
});
afterAll(async () => scene.close());

async function alerts(): Promise<readonly unknown[]> {
  await scene.use(async (session) => watchRetention(session, TARGET));
  const rows = await scene.target.sql(
    `SELECT message FROM sluice.event WHERE kind = N'feed.cleanup'`,
  );
  return rows.map(({ message }) => message);
}

describe('11.8: what the source cleans away by the clock', () => {
  it('says how long each feed keeps a change', async () => {
    const keeps = async (kind: 'cdc' | 'changeTracking') =>
      scene.use(async (session) => {
        const source = await session.source();
        return (await source.feed(kind).health(session.feedName(TARGET, kind))).keepsSeconds;
      });
    expect(await keeps('cdc')).toBe(3 * DAY);
    expect(await keeps('changeTracking')).toBe(1.5 * DAY);
  });

  it('is an alert, once, when a lane has stood still for half of that time', async () => {
    expect(await alerts()).toEqual([]);
    await scene.target.sql(
      'UPDATE sluice.lane SET updated_at = DATEADD(hour, -20, SYSUTCDATETIME())',
    );
    const told = [expect.stringMatching(/stood still for 20 h.*keeps changes for 36 h/)];
    expect(await alerts()).toEqual(told);
    expect(await alerts()).toEqual(told);
  });
});
