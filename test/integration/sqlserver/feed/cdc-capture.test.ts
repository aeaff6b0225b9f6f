import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CdcFeed } from '../../../../src/engines/sqlserver/feed/cdc/cdc-feed.js';
import type { SourceScene } from '../source-scene.js';
import { commits, eventsUntil, feedName, openSource, tableName, told } from '../source-scene.js';

let scene: SourceScene;
let feed: CdcFeed;
const name = feedName('cdc');
const TABLE = tableName('dbo.slow');

beforeAll(async () => {
  scene = await openSource('capture');
  feed = new CdcFeed(scene.feeds);
  await scene.sql('CREATE TABLE dbo.slow (id int NOT NULL PRIMARY KEY)');
  await feed.prepare(name);
  await feed.addTables(name, [TABLE]);
});

afterAll(async () => {
  await scene.close();
});

/** Only the stand-in's capture job does as a test wants. */
async function capture(how: string): Promise<void> {
  await scene.sql(`EXEC standin.capture ${how}`);
}

async function codes(): Promise<string[]> {
  return (await feed.health()).findings.map((finding) => finding.code);
}

describe('a capture job that runs behind its log', () => {
  it('8.9: is waited for: everything that a reader saw lies before the position', async (test) => {
    test.skip(scene.server.standIn === null, 'a real server decides itself when it captures');
    const from = await feed.copiedUpTo();
    await capture('@delay_ms = 1500');
    await scene.sql('INSERT INTO dbo.slow (id) VALUES (1)');
    const past = await feed.copiedUpTo();
    const options = { wire: 'sqlserver', maxBufferedBytes: 1024 * 1024 };
    const reader = await feed.open(name, from, { ...options, wanted: () => [TABLE] });
    const events = await eventsUntil(reader, 'the row', (all) => commits(all) >= 1);
    await reader.close();
    expect(told(events)).toEqual(['i slow 1', '|']);
    const commit = events.find((event) => event.kind === 'commit');
    expect(commit?.kind === 'commit' && commit.position <= past).toBe(true);
    await capture('@delay_ms = 0');
  });

  it('11.8: is said where it does not run, and the hand-over waits for it', async (test) => {
    test.skip(scene.server.standIn === null, 'the Agent of a real server is not ours to stop');
    await feed.copiedUpTo();
    expect(await codes()).toEqual([]);
    await capture('@running = 0');
    await scene.sql('CREATE TABLE dbo.late (id int NOT NULL PRIMARY KEY)');
    await feed.addTables(name, [tableName('dbo.late')]);
    expect(await codes()).toContain('feed.agent-stopped');
    expect(await feed.barrierPassed()).toMatchObject({
      passed: false,
      waitingFor: expect.stringContaining('SQL Server Agent') as string,
    });
    const waiting = feed.copiedUpTo();
    await capture('@running = 1');
    await waiting;
    expect(await feed.barrierPassed()).toEqual({ passed: true, waitingFor: null });
    expect(await codes()).toEqual([]);
  });
});

describe('a database without Change Data Capture', () => {
  it('is a finding with the statement to run, and a gap for a checkpoint', async () => {
    const other = await openSource('off');
    try {
      const off = new CdcFeed(other.feeds);
      const { findings } = await off.health();
      expect(findings).toMatchObject([
        {
          code: 'feed.cdc-off',
          severity: 'error',
          remedy: expect.stringContaining('sp_cdc') as string,
        },
      ]);
      const gap = await off.findGap(name, { position: '0'.repeat(20), lineage: '', last: null });
      expect(gap?.reason).toContain('switched off');
    } finally {
      await other.close();
    }
  });
});
