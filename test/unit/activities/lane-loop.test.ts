import { expect, test } from 'vitest';
import { LaneLoop } from '../../../src/activities/lane-loop.js';
import type { LongRun } from '../../../src/activities/long-running.js';
import type { Change, Shape } from '../../../src/core/change.js';
import type { FeedEvent, FeedReader } from '../../../src/engines/contract/feed.js';
import type { LaneWriter } from '../../../src/engines/contract/lane.js';

const shape: Shape = { table: { schema: 'public', table: 't' }, columns: [], wire: 'none' };
const change: Change = {
  shape,
  op: 'i',
  oldKey: null,
  row: [],
  formats: null,
  oldKeyFormats: null,
  bytes: 20 * 1024 * 1024,
};

/** A run whose time is up after the first read. */
function overAfter(reads: { count: number }, aborted: boolean): LongRun {
  const controller = new AbortController();
  return {
    dueToReturn: () => {
      if (aborted && reads.count > 0) controller.abort();
      return reads.count > 0;
    },
    signal: controller.signal,
    pause: () => Promise.resolve(),
    report: () => undefined,
  };
}

async function run(aborted: boolean): Promise<string[]> {
  const log: string[] = [];
  const reads = { count: 0 };
  const batches: FeedEvent[][] = [
    [{ kind: 'changes', changes: [change] }],
    [{ kind: 'commit', position: '00000000/00000001', time: new Date(0) }],
  ];
  const reader: FeedReader = {
    read: () => Promise.resolve(batches[reads.count++] ?? []),
    acknowledge: (position) => void log.push(`acknowledge ${position}`),
    close: () => Promise.resolve(),
  };
  const counts = { inserts: 1, updates: 0, deletes: 0, parked: 0, missing: 0 };
  const membership = { revision: '1', members: [] };
  const writer = {
    readMembership: () => Promise.resolve(membership),
    startParking: () => Promise.resolve(),
    write: () => Promise.resolve(void log.push('write')),
    commit: (_to: string, _time: Date | null, transactions: number) => {
      log.push('commit');
      return Promise.resolve({ ...counts, transactions });
    },
    rollback: () => Promise.resolve(void log.push('rollback')),
    setAside: () => Promise.resolve(),
    close: () => Promise.resolve(),
  } as unknown as LaneWriter;
  await new LaneLoop(writer, reader, membership, overAfter(reads, aborted)).run();
  return log;
}

test('a transaction too large for memory is finished although the time is up', async () => {
  const log = await run(false);
  expect(log).toContain('commit');
  expect(log.indexOf('commit')).toBeLessThan(log.lastIndexOf('rollback'));
});

test('a cancellation does not wait for it: nothing of it is committed', async () => {
  expect(await run(true)).not.toContain('commit');
});
