import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reasonToWait, RowBudget, windowAt } from '../../../src/core/care.js';
import { refreshDueAt } from '../../../src/core/refresh-due.js';

const HOUR = 3_600_000;
const NIGHT = { cron: '0 22 * * *', timezone: 'Europe/Berlin', duration: 6 * HOUR };
const at = (text: string) => new Date(text);
const QUIET = { now: at('2026-01-15T12:00:00Z'), load: null, replicationLagMs: null };

describe('a copy window', () => {
  it('is open from its cron time for its duration, in its own time zone', () => {
    expect(windowAt(NIGHT, at('2026-01-15T20:59:59Z'))).toEqual({
      open: false,
      opensAt: at('2026-01-15T21:00:00Z'),
    });
    expect(windowAt(NIGHT, at('2026-01-15T21:00:00Z')).open).toBe(true);
    expect(windowAt(NIGHT, at('2026-01-16T02:59:59Z')).open).toBe(true);
    expect(windowAt(NIGHT, at('2026-01-16T03:00:00Z')).open).toBe(false);
  });

  it('follows summer time', () => {
    expect(windowAt(NIGHT, at('2026-07-15T20:00:00Z')).open).toBe(true);
    expect(windowAt(NIGHT, at('2026-07-15T19:59:59Z')).open).toBe(false);
  });

  it('holds copies back outside and says when it opens', () => {
    expect(reasonToWait({ copyWindow: NIGHT }, QUIET)).toBe(
      'the copy window opens 2026-01-15T21:00:00.000Z',
    );
    const now = at('2026-01-15T22:00:00Z');
    expect(reasonToWait({ copyWindow: NIGHT }, { ...QUIET, now })).toBeNull();
  });
});

describe('the source’s load', () => {
  it('holds copies back above the limit only', () => {
    const limits = { loadLimit: 5 };
    expect(reasonToWait(limits, { ...QUIET, load: 5 })).toBeNull();
    expect(reasonToWait(limits, { ...QUIET, load: 5.5 })).toContain('5.5');
    expect(reasonToWait(limits, QUIET)).toBeNull();
  });

  it('includes how far its replicas are behind', () => {
    const limits = { maxReplicationLag: 10_000 };
    expect(reasonToWait(limits, { ...QUIET, replicationLagMs: 10_000 })).toBeNull();
    expect(reasonToWait(limits, { ...QUIET, replicationLagMs: 12_000 })).toContain('12 s behind');
  });
});

describe('a budget of rows per second', () => {
  it('lets through about as many rows as it says, however large the chunks are', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 10, max: 100_000 }),
        fc.array(fc.integer({ min: 1, max: 50_000 }), { minLength: 5, maxLength: 50 }),
        (perSecond, chunks) => {
          const budget = new RowBudget(perSecond, 0);
          let now = 0;
          let rows = 0;
          for (const chunk of chunks) {
            rows += chunk;
            now += budget.spend(chunk, now);
          }
          // One second's worth comes at once.
          expect(rows).toBeLessThanOrEqual(perSecond * (now / 1000 + 1) + 1);
        },
      ),
    );
  });

  it('does not save up for longer than a second', () => {
    const budget = new RowBudget(100, 0);
    expect(budget.spend(100, 60_000)).toBe(0);
    expect(budget.spend(100, 60_000)).toBe(1_000);
  });
});

describe('a refresh', () => {
  const last = at('2026-03-01T10:00:00Z');

  it('is due after its interval, or at the next time of its cron in its zone', () => {
    expect(refreshDueAt({ every: HOUR }, last)).toEqual(at('2026-03-01T11:00:00Z'));
    const plan = { cron: '30 2 * * *', timezone: 'Europe/Berlin' };
    expect(refreshDueAt(plan, last)).toEqual(at('2026-03-02T01:30:00Z'));
    expect(refreshDueAt({}, last)).toBeNull();
  });
});
