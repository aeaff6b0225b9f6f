import { describe, expect, it } from 'vitest';
import {
  atLeastEvery,
  PollInterval,
} from '../../../../src/engines/sqlserver/feed/poll-interval.js';

const LIMITS = { shortestMs: 200, longestMs: 2_000 };

describe('the interval between two looks', () => {
  it('grows while nothing is found, up to its limit', () => {
    const poll = new PollInterval(LIMITS);
    const waits: number[] = [];
    for (let now = 0; waits.length < 8; now += waits.at(-1) ?? 0) {
      poll.looked(now, false);
      waits.push(poll.waitMs(now, false));
    }
    expect(waits[0]).toBe(300);
    expect(waits.at(-1)).toBe(2_000);
    expect(waits.every((wait, n) => n === 0 || wait >= (waits[n - 1] ?? 0))).toBe(true);
  });

  it('is the shortest after something was found, and none where more is there', () => {
    const poll = new PollInterval(LIMITS);
    poll.looked(0, false);
    poll.looked(500, true);
    expect(poll.waitMs(500, false)).toBe(200);
    poll.looked(700, true, true);
    expect(poll.waitMs(700, false)).toBe(0);
    poll.looked(701, false);
    expect(poll.waitMs(701, false)).toBe(300);
  });

  it('is short for somebody who waits, however long nothing came', () => {
    const poll = new PollInterval(LIMITS);
    for (let n = 0; n < 20; n += 1) poll.looked(0, false);
    expect(poll.waitMs(0, false)).toBe(2_000);
    expect(poll.waitMs(0, true)).toBe(200);
    expect(poll.waitMs(150, true)).toBe(50);
    expect(poll.waitMs(200, true)).toBe(0);
  });

  it('is never longer than the configuration asks for', () => {
    expect(atLeastEvery(LIMITS, undefined)).toEqual(LIMITS);
    expect(atLeastEvery(LIMITS, 10_000)).toEqual(LIMITS);
    expect(atLeastEvery(LIMITS, 500)).toEqual({ shortestMs: 200, longestMs: 500 });
    expect(atLeastEvery(LIMITS, 100)).toEqual({ shortestMs: 100, longestMs: 100 });
  });
});
