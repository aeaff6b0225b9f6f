import { describe, expect, it } from 'vitest';
import { FailureLog } from '../../../src/activities/failure-log.js';

const RULE = { attempts: 3, attemptWait: 30_000 };
const SHORT = 5;

function logAt(): { log: FailureLog; failAt: (second: number, ranMs?: number) => boolean } {
  let now = 0;
  const log = new FailureLog(() => now);
  const failAt = (second: number, ranMs = SHORT): boolean => {
    now = second * 1_000;
    return log.failed('apply', ranMs, RULE);
  };
  return { log, failAt };
}

describe('a failing step is recorded', () => {
  it('when as many tries as asked for, that far apart, have failed', () => {
    const { failAt } = logAt();
    expect([0, 30, 60].map((second) => failAt(second))).toEqual([false, false, true]);
  });

  it('not sooner when it is tried more often', () => {
    const { failAt } = logAt();
    const tries = [0, 1, 3, 7, 15, 31, 59, 61];
    expect(tries.filter((second) => failAt(second))).toEqual([61]);
  });

  it('not before so many tries, however long each of them takes', () => {
    const { failAt } = logAt();
    expect([0, 300, 600].map((second) => failAt(second, 250_000))).toEqual([false, false, true]);
  });

  it('again only after as many failures more', () => {
    const { failAt } = logAt();
    const tries = Array.from({ length: 13 }, (_, n) => n * 15);
    expect(tries.filter((second) => failAt(second))).toEqual([60, 135]);
  });

  it('never when a try between succeeded, or was at work before it failed', () => {
    const { log, failAt } = logAt();
    expect([failAt(0), failAt(30)]).toEqual([false, false]);
    log.succeeded('apply');
    expect([failAt(60), failAt(90)]).toEqual([false, false]);
    expect(failAt(4_000, 3_600_000)).toBe(false);
  });

  it('at once when one try is all that is asked for', () => {
    expect(new FailureLog().failed('apply', SHORT, { attempts: 1, attemptWait: 30_000 })).toBe(
      true,
    );
  });
});
