import { describe, expect, it } from 'vitest';
import { chooseLanes, type LaneUser } from '../../../src/core/choose-lanes.js';
import {
  FEED_KINDS,
  feedKindOfLane,
  isSharedLane,
  laneNumber,
  tableOfLane,
} from '../../../src/core/feed-kind.js';

describe('the number of a lane', () => {
  it('is the place of its kind where all tables share it, as it always was', () => {
    expect(FEED_KINDS.map((kind) => laneNumber(kind))).toEqual([0, 1]);
    expect([0, 1].every(isSharedLane)).toBe(true);
  });

  it('says the kind and the table', () => {
    for (const kind of FEED_KINDS) {
      for (const table of [1, 2, 9, 10, 4_711]) {
        const n = laneNumber(kind, table);
        expect([feedKindOfLane(n), tableOfLane(n)]).toEqual([kind, table]);
        expect(isSharedLane(n)).toBe(false);
      }
    }
    expect([laneNumber('cdc', 3), laneNumber('changeTracking', 3)]).toEqual([30, 31]);
  });
});

function user(slug: string, over: Partial<LaneUser> = {}): LaneUser {
  return { slug, kind: 'cdc', lane: null, follows: false, ...over };
}

function chosen(
  users: readonly LaneUser[],
  given: readonly number[],
  how: 'table' | 'transaction',
) {
  const { lanes, misplaced } = chooseLanes(users, given, how);
  return { lanes: Object.fromEntries(lanes), misplaced };
}

describe('which lane a table gets', () => {
  it('with consistency: transaction is the one of its kind', () => {
    const users = [user('a'), user('b', { kind: 'changeTracking' }), user('c', { lane: 0 })];
    expect(chosen(users, [0], 'transaction')).toEqual({
      lanes: { a: 0, b: 1, c: 0 },
      misplaced: [],
    });
  });

  it('with consistency: table is one of its own, whose number nobody had before', () => {
    const users = [user('a'), user('b', { kind: 'changeTracking' })];
    expect(chosen(users, [], 'table').lanes).toEqual({ a: 10, b: 21 });
    expect(chosen(users, [0, 70, 31], 'table').lanes).toEqual({ a: 80, b: 91 });
  });

  it('stays the one that its row names', () => {
    const users = [user('new'), user('a', { lane: 20, follows: true }), user('b', { lane: 30 })];
    expect(chosen(users, [20, 30], 'table').lanes).toEqual({ new: 40, a: 20, b: 30 });
  });

  it('is another one for a table that has not begun and changed its feed or its consistency', () => {
    const before = user('a', { kind: 'changeTracking', lane: 10 });
    expect(chosen([before], [10], 'table').lanes).toEqual({ a: 21 });
    expect(chosen([before], [10], 'transaction').lanes).toEqual({ a: 1 });
    expect(chosen([user('a', { lane: 0 })], [0], 'table').lanes).toEqual({ a: 10 });
  });

  it('is never changed under way: the tables that it concerns are named', () => {
    const shared = user('a', { lane: 0, follows: true });
    const own = user('b', { lane: 20, follows: true });
    expect(chosen([shared, own], [0, 20], 'table').misplaced).toEqual(['a']);
    expect(chosen([shared, own], [0, 20], 'transaction').misplaced).toEqual(['b']);
  });
});
