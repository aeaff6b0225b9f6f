import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { duration, formatDuration, parseDuration } from '../../../src/config/duration.js';
import { editDistance, nearest } from '../../../src/config/nearest.js';
import { formatSize, parseSize } from '../../../src/config/size.js';
import { configRevision } from '../../../src/config/revision.js';

describe('durations', () => {
  it('mean what they say', () => {
    const texts = ['250ms', '30s', '5m', '1h', '7d', '0s'];
    expect(texts.map(parseDuration)).toEqual([250, 30_000, 300_000, 3_600_000, 604_800_000, 0]);
  });

  it('without a unit, with a fraction, a sign or a space are none', () => {
    expect(['30', '1.5h', '-1s', '30 s', '', 's'].map(parseDuration)).toEqual(
      Array(6).fill(undefined),
    );
  });

  it('survive being written and read again', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999_999 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
  });

  it('of zero pass only where the key allows it', () => {
    expect(duration('0s').safeParse('0s').success).toBe(true);
    expect(duration().safeParse('0s').success).toBe(false);
  });
});

describe('sizes', () => {
  it('count in steps of 1,024', () => {
    expect(['100B', '1KB', '16MB', '10GB'].map(parseSize)).toEqual([
      100, 1024, 16_777_216, 10_737_418_240,
    ]);
  });

  it('beyond what a number holds exactly are refused', () => {
    expect(parseSize('999999999999TB')).toBeUndefined();
  });

  it('survive being written and read again', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999_999_999 }), (bytes) => {
        expect(parseSize(formatSize(bytes))).toBe(bytes);
      }),
    );
  });
});

describe('the nearest known word', () => {
  it('ignores case and the separators of other tools', () => {
    expect(nearest('connect_timeout', ['tls', 'connectTimeout'])).toBe('connectTimeout');
    expect(nearest('MAX-READERS', ['maxRowsPerSecond', 'maxReaders'])).toBe('maxReaders');
  });

  it('is measured by a distance that is zero for equals, symmetric and triangular', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (a, b, c) => {
        expect(editDistance(a, a)).toBe(0);
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, c)).toBeLessThanOrEqual(editDistance(a, b) + editDistance(b, c));
      }),
    );
  });
});

describe('the revision of a pipeline', () => {
  it('does not depend on the order of keys and is 12 hex digits', () => {
    const one = configRevision({ a: 1, b: { c: [1, 2], d: null } });
    expect(configRevision({ b: { d: null, c: [1, 2] }, a: 1 })).toBe(one);
    expect(one).toMatch(/^[0-9a-f]{12}$/);
  });

  it('changes with a value and with the order of a list', () => {
    const all = [{ a: [1, 2] }, { a: [2, 1] }, { a: [1, 3] }, { a: '1,2' }].map(configRevision);
    expect(new Set(all).size).toBe(4);
  });

  it('changes when settings change places, because a later pattern wins', () => {
    const [x, y] = [{ mode: 'full' }, { mode: 'cdc' }];
    const one = configRevision({ tables: { settings: { 'a.*': x, '*.b': y } } });
    expect(configRevision({ tables: { settings: { '*.b': y, 'a.*': x } } })).not.toBe(one);
  });
});
