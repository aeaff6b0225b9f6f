/** A pipeline may have a lane for each kind of feed: none of them is forgotten. */
import { describe, expect, it } from 'vitest';
import { untilStopped } from '../../../src/cli/commands/stop.js';
import { laneFaults, pipelineFaults } from '../../../src/cli/status/lane-faults.js';
import { statusText } from '../../../src/cli/status/status-text.js';
import { pipelineStatus } from '../../../src/cli/status/table-status.js';
import { styleFor } from '../../../src/cli/text/style.js';
import { laneId } from '../../../src/core/ids.js';
import { facts, laneFacts, secondsAgo, tableRow } from './rows.js';

const STOPPED = { running: false, status: 'COMPLETED', runId: null };
const RUNNING = { running: true, status: 'RUNNING', runId: 'x' };
const SECOND = { pipeline: 'shop', target: 'replica', n: 1 };

describe('every lane of a pipeline', () => {
  it('has its fault shown, whatever its number', async () => {
    const client = {
      query: (id: string) =>
        Promise.resolve({ fault: id === laneId(SECOND) ? 'the feed is off' : null }),
    };
    const lanes = [laneFacts(), laneFacts({}, { laneId: '2', n: 1 })].map(({ lane }) => lane);
    const found = await laneFaults(client, lanes);
    expect([...found]).toEqual([['2', 'the feed is off']]);
  });

  it('and what the pipeline cannot look after are told apart from a failure', async () => {
    const targets = [
      { target: 'copy', away: null },
      { target: 'other', away: 'The database does not exist.' },
    ];
    const trouble = ['LOCK_TIMEOUT: A table of the source is locked.'];
    const client = { query: () => Promise.resolve({ fault: null, targets, trouble }) };
    const { fault, unattended } = await pipelineFaults(client, 'sluice/shop');
    expect(fault).toBeNull();
    expect(unattended.map(({ message }) => message)).toEqual([
      'The target other cannot be looked after just now: The database does not exist.',
      'Something cannot be looked after just now: LOCK_TIMEOUT: A table of the source is locked.',
    ]);
    const read = facts([tableRow()]);
    const status = pipelineStatus({ ...read, running: { ...read.running, unattended } });
    expect(status.health).toBe('degraded');
    expect(status.targets[0]?.tables[0]?.why).toBeNull();
    const text = statusText(status, styleFor({ write: () => true }, {}));
    expect(text).toContain('The target other cannot be looked after');
    const old = { query: () => Promise.resolve({ fault: 'x', targets: [{ target: 'copy' }] }) };
    expect(await pipelineFaults(old, 'sluice/shop')).toEqual({ fault: 'x', unattended: [] });
  });

  it('is waited for by stop', async () => {
    const asked: number[] = [];
    let looks = 0;
    const client = {
      pipelineState: () => Promise.resolve(STOPPED),
      laneState: ({ n }: { n: number }) => {
        asked.push(n);
        if (n !== 1) return Promise.resolve(STOPPED);
        looks += 1;
        return Promise.resolve(looks < 3 ? RUNNING : STOPPED);
      },
    };
    const lanes = [0, 1, 30].map((n) => ({ ...SECOND, n }));
    await untilStopped(client, 'shop', lanes, { everyMs: 1 });
    expect(looks).toBe(3);
    expect(new Set(asked)).toEqual(new Set([0, 1, 30]));
  });

  it('counts for the lag of its target: the one that is furthest behind', () => {
    const late = laneFacts(
      { behindBytes: 500, currentUntil: secondsAgo(600) },
      { laneId: '2', n: 1 },
    );
    const read = facts([tableRow()]);
    const [target] = read.targets;
    if (target === undefined) throw new Error('the scene has a target');
    const status = pipelineStatus({
      ...read,
      targets: [{ ...target, lanes: [laneFacts(), late] }],
    });
    expect(status.targets[0]?.lag).toEqual({ seconds: 600, bytes: 500 });
  });
});

describe('11.8: the time left before a clean-up takes what has not come yet', () => {
  const DAY = 86_400;
  const statusOf = (over: Parameters<typeof laneFacts>[0]) => {
    const read = facts([tableRow()]);
    const targets = read.targets.map((target) => ({ ...target, lanes: [laneFacts(over)] }));
    return pipelineStatus({ ...read, targets }).targets[0];
  };

  it('is shown, with a sentence from half of it on', () => {
    const behind = { behindBytes: 9, keepsSeconds: 2 * DAY };
    const early = statusOf({ ...behind, currentUntil: secondsAgo(10) });
    expect(early).toMatchObject({ secondsUntilCleanUp: 2 * DAY - 10, tables: [{ why: null }] });
    const late = statusOf({ ...behind, currentUntil: secondsAgo(1.5 * DAY) });
    expect(late?.secondsUntilCleanUp).toBe(DAY / 2);
    expect(late?.tables[0]?.why?.message).toMatch(/cleans away .* in 12h/);
  });

  it('is not said where nothing waits, or nothing is cleaned away by the clock', () => {
    const old = secondsAgo(9 * DAY);
    const idle = { behindBytes: 0, keepsSeconds: DAY, currentUntil: old };
    expect(statusOf(idle)?.secondsUntilCleanUp).toBeNull();
    const kept = { behindBytes: 9, keepsSeconds: null, currentUntil: old };
    expect(statusOf(kept)?.secondsUntilCleanUp).toBeNull();
  });
});
