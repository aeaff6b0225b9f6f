import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { longRunning } from '../../../src/activities/long-running.js';

const LIMIT_MS = 3_600_000;

describe('the heartbeats of a long activity', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it.each([
    [60_000, 30],
    [86_400_000, 30],
    [3_000, 60],
  ])('with a time limit of %i ms they come %i times in a minute', async (limit, expected) => {
    expect(await heartbeatsInAMinute(limit)).toBe(expected);
  });

  it('come at most twice in a second', async () => {
    expect(await heartbeatsInAMinute(300)).toBe(120);
  });
});

/** Without the one at its start and the one at its end. */
async function heartbeatsInAMinute(heartbeatTimeoutMs: number): Promise<number> {
  const environment = new MockActivityEnvironment({ heartbeatTimeoutMs });
  let beats = 0;
  environment.on('heartbeat', () => (beats += 1));
  const minute = (): Promise<number> =>
    longRunning(LIMIT_MS, async ({ pause }) => {
      await pause(60_250);
      return beats;
    });
  const running = environment.run<[], number, typeof minute>(minute);
  await vi.advanceTimersByTimeAsync(60_250);
  return (await running) - 1;
}
