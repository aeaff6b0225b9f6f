import { expect, test } from 'vitest';
import { LaneLoop, type LanePace } from '../../../../src/activities/lane/lane-loop.js';
import type { LongRun } from '../../../../src/activities/long-running.js';
import type { FeedEvent, FeedReader } from '../../../../src/engines/contract/feed.js';
import type { LaneWriter } from '../../../../src/engines/contract/lane.js';
import { bareChange } from '../../../support/bare-change.js';

const change = bareChange(20 * 1024 * 1024);
const { table } = change.shape;

const pace: LanePace = { rows: 20_000, bytes: 4 * 1024 * 1024, waitMs: 0, pollMs: 10_000 };

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

const LARGE: readonly FeedEvent[][] = [
  [{ kind: 'changes', changes: [change] }],
  [{ kind: 'commit', position: '00000000/00000001', time: new Date(0) }],
];

async function run(aborted: boolean): Promise<string[]> {
  const reads = { count: 0 };
  return logOf(LARGE, reads, overAfter(reads, aborted));
}

const MOST_READS = 100;

/** A round after a failure, which nothing else asks to return. */
async function roundAfterFailure(batches: readonly FeedEvent[][]): Promise<string[]> {
  const reads = { count: 0 };
  const endless = { ...overAfter(reads, false), dueToReturn: () => false };
  return logOf(batches, reads, endless, true);
}

async function logOf(
  batches: readonly FeedEvent[][],
  reads: { count: number },
  context: LongRun,
  untilItWorks = false,
): Promise<string[]> {
  const log: string[] = [];
  const reader: FeedReader = {
    read: async () => {
      await new Promise(setImmediate);
      if (reads.count > MOST_READS) throw new Error('It goes on and on.');
      return batches[reads.count++] ?? [];
    },
    acknowledge: (position) => void log.push(`acknowledge ${position}`),
    close: () => Promise.resolve(),
  };
  const counts = { inserts: 1, updates: 0, deletes: 0, parked: 0, missing: 0 };
  const membership = { revision: '1', members: [] };
  const writer = {
    claim: { laneId: 'lane' },
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
  await new LaneLoop(writer, reader, membership, context, pace, untilItWorks).run();
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

test('after a failure it comes back with its first commit, and not in the middle of a transaction', async () => {
  const [changes = [], commit = []] = LARGE;
  const log = await roundAfterFailure([changes, [], [], commit, [], ...LARGE]);
  expect(log.filter((step) => step === 'commit')).toHaveLength(1);
  expect(log.indexOf('commit')).toBeLessThan(log.indexOf('rollback'));
});

test('after a failure it comes back with its first commit although more is always at hand', async () => {
  const small = { ...change, bytes: 1.5 * 1024 * 1024 };
  const more: FeedEvent[][] = Array.from({ length: 20 }, (_, n) => [
    { kind: 'commit', position: `00000000/0000000${String(n)}`, time: new Date(0) },
    { kind: 'changes', changes: [small] },
  ]);
  const log = await roundAfterFailure([[{ kind: 'changes', changes: [small] }], ...more]);
  expect(log.filter((step) => step === 'commit').length).toBeLessThan(more.length);
});

test('after a failure it comes back when its feed says that there is nothing to do', async () => {
  const log = await roundAfterFailure([[], [{ kind: 'idle', position: '00000000/00000001' }]]);
  expect(log.at(-1)).toBe('rollback');
  // A feed that says nothing may still be on its way.
  await expect(roundAfterFailure([])).rejects.toThrow('on and on');
});

/** The commits of a lane whose feed has `transactions` one-row transactions at hand, one a read. */
async function commitsOf(given: Partial<LanePace>, transactions: number): Promise<number[]> {
  const sizes: number[] = [];
  let reads = 0;
  let gaps = 0;
  const small = { ...change, bytes: 100 };
  const reader: FeedReader = {
    read: (waitMs) => {
      reads += 1;
      // Every second read finds nothing at hand unless it may wait.
      if (reads % 2 === 0 && waitMs === 0 && reads < transactions * 2) {
        gaps += 1;
        return Promise.resolve([]);
      }
      const n = reads - gaps;
      if (n > transactions) return Promise.resolve([]);
      const position = String(n).padStart(4, '0');
      return Promise.resolve([
        { kind: 'changes', changes: [small] },
        { kind: 'commit', position, time: new Date(0) },
      ]);
    },
    acknowledge: () => undefined,
    close: () => Promise.resolve(),
  };
  const counts = { inserts: 1, updates: 0, deletes: 0, parked: 0, missing: 0 };
  const membership = { revision: '1', members: [] };
  const writer = {
    readMembership: () => Promise.resolve(membership),
    write: () => Promise.resolve(),
    commit: (_to: string, _time: Date | null, n: number) => {
      if (n > 0) sizes.push(n);
      return Promise.resolve({ ...counts, transactions: n });
    },
    rollback: () => Promise.resolve(),
  } as unknown as LaneWriter;
  const run: LongRun = {
    dueToReturn: () => sizes.reduce((sum, size) => sum + size, 0) >= transactions,
    signal: new AbortController().signal,
    pause: () => Promise.resolve(),
    report: () => undefined,
  };
  await new LaneLoop(writer, reader, membership, run, { ...pace, ...given }).run();
  return sizes;
}

test('batch.rows and batch.bytes end a batch although more is at hand', async () => {
  expect(await commitsOf({ rows: 3, waitMs: 10_000 }, 9)).toEqual([3, 3, 3]);
  expect(await commitsOf({ bytes: 200, waitMs: 10_000 }, 6)).toEqual([2, 2, 2]);
});

test('batch.wait lets a batch that is not full wait for more; without it each goes out at once', async () => {
  expect(await commitsOf({ waitMs: 10_000, rows: 6 }, 6)).toEqual([6]);
  expect((await commitsOf({ waitMs: 0 }, 6)).length).toBeGreaterThan(2);
});

test('a table that is lost in the middle of a large transaction is set aside once', async () => {
  const log: string[] = [];
  const events: FeedEvent[][] = [
    [{ kind: 'changes', changes: [change] }],
    [{ kind: 'lost', table, reason: 'it was truncated' }],
    [{ kind: 'commit', position: '00000000/00000001', time: new Date(0) }],
  ];
  const member = {
    tableId: '1',
    source: table,
    target: table,
    applies: true,
    parks: false,
    parksFrom: null,
    fold: true,
    lost: false,
  };
  const attempt = async (lost: boolean): Promise<void> => {
    const reads = { count: 0 };
    const reader: FeedReader = {
      read: () => Promise.resolve(events[reads.count++] ?? []),
      acknowledge: () => undefined,
      close: () => Promise.resolve(),
    };
    const parked = { ...member, applies: false, parks: true, parksFrom: '0', lost: true };
    const membership = { revision: '1', members: [lost ? parked : member] };
    const writer = {
      claim: { laneId: '1' },
      readMembership: () => Promise.resolve(membership),
      write: () => Promise.resolve(),
      commit: () => {
        log.push('commit');
        return Promise.resolve({ inserts: 0, updates: 0, deletes: 0, parked: 0, transactions: 1 });
      },
      rollback: () => Promise.resolve(),
      setAside: () => Promise.resolve(void log.push('setAside')),
    } as unknown as LaneWriter;
    const over: LongRun = {
      dueToReturn: () => reads.count >= events.length,
      signal: new AbortController().signal,
      pause: () => Promise.resolve(),
      report: () => undefined,
    };
    await new LaneLoop(writer, reader, membership, over, pace).run();
  };
  await expect(attempt(false)).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
  await attempt(true);
  expect(log).toEqual(['setAside', 'commit']);
});

test('an idle position that came soon after another is committed too, as the feed tells it once', async () => {
  const events: FeedEvent[][] = [
    [{ kind: 'idle', position: '1' }],
    [{ kind: 'idle', position: '2' }],
  ];
  const moved: string[] = [];
  const reader: FeedReader = {
    read: async (waitMs) => {
      const next = events.shift();
      if (next === undefined) await new Promise((resolve) => setTimeout(resolve, waitMs));
      return next ?? [];
    },
    acknowledge: () => undefined,
    close: () => Promise.resolve(),
  };
  const membership = { revision: '1', members: [] };
  const writer = {
    claim: { laneId: '1' },
    readMembership: () => Promise.resolve(membership),
    commit: (to: string) => {
      moved.push(to);
      return Promise.resolve({ inserts: 0, updates: 0, deletes: 0, parked: 0, transactions: 0 });
    },
    rollback: () => Promise.resolve(),
  } as unknown as LaneWriter;
  const until = Date.now() + 5_000;
  const over: LongRun = {
    dueToReturn: () => moved.length === 2 || Date.now() > until,
    signal: new AbortController().signal,
    pause: () => Promise.resolve(),
    report: () => undefined,
  };
  await new LaneLoop(writer, reader, membership, over, { ...pace, pollMs: 100 }).run();
  expect(moved).toEqual(['1', '2']);
});

test('what was written of a transaction too large for memory stays while its rest is awaited', async () => {
  const log: string[] = [];
  const events: FeedEvent[][] = [
    // Too soon after nothing: it is committed when the loop may, and not in the middle of a transaction.
    [{ kind: 'idle', position: '1' }],
    [{ kind: 'idle', position: '2' }],
    [{ kind: 'changes', changes: [change] }],
    ...Array.from({ length: 4 }, () => []),
    [{ kind: 'commit', position: '3', time: new Date(0) }],
  ];
  const reader: FeedReader = {
    read: async (waitMs) => {
      const next = events.shift() ?? [];
      if (next.length === 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      return next;
    },
    acknowledge: () => undefined,
    close: () => Promise.resolve(),
  };
  const membership = { revision: '1', members: [] };
  const writer = {
    claim: { laneId: '1' },
    readMembership: () => {
      log.push('look');
      return Promise.resolve(membership);
    },
    write: () => Promise.resolve(void log.push('write')),
    commit: (to: string) => {
      log.push(`commit ${to}`);
      return Promise.resolve({ inserts: 0, updates: 0, deletes: 0, parked: 0, transactions: 0 });
    },
    rollback: () => Promise.resolve(void log.push('rollback')),
  } as unknown as LaneWriter;
  const over: LongRun = {
    dueToReturn: () => events.length === 0,
    signal: new AbortController().signal,
    pause: () => Promise.resolve(),
    report: () => undefined,
  };
  await new LaneLoop(writer, reader, membership, over, { ...pace, pollMs: 100 }).run();
  expect(log.slice(log.indexOf('write'))).toEqual(['write', 'commit 3', 'rollback']);
});
