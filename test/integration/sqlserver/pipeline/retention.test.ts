import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { watchRetention } from '../../../../src/activities/watch/watch-retention.js';
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

  it('is none while a quiet source has nothing that the target lacks', async () => {
    expect(await alerts()).toEqual([]);
    await scene.target.sql(
      'UPDATE sluice.lane SET updated_at = DATEADD(hour, -20, SYSUTCDATETIME())',
    );
    expect(await alerts()).toEqual([]);
    expect(await alerts()).toEqual([]);
  });

  it('is an alert, once, when a lane does not bring for half of that time what is there', async () => {
    await scene.source.sql(`
ALTER TABLE dbo.t ENABLE CHANGE_TRACKING;
GO
INSERT INTO dbo.t (id) VALUES (1);`);
    // What has come just now is brought with the next poll.
    expect(await alerts()).toEqual([]);
    const told = [expect.stringMatching(/is 20 h behind.*keeps changes for 36 h/)];
    expect(await alerts()).toEqual(told);
    expect(await alerts()).toEqual(told);
  });

  it('does not take the number of transactions for bytes of log', async () => {
    const distance = await scene.use(async (session) =>
      (await session.source()).feed('changeTracking').distance('0'.repeat(20), '9'.repeat(20)),
    );
    expect(distance).toBeNull();
  });
});
