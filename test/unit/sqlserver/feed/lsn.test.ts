import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decrement,
  distanceBetween,
  increment,
  NO_LSN,
  toLsn,
  toPosition,
} from '../../../../src/engines/sqlserver/feed/cdc/lsn.js';

const lsn = fc.uint8Array({ minLength: 10, maxLength: 10 }).map((bytes) => Buffer.from(bytes));

describe('LSN', () => {
  it('8.1: reads back from its position and sorts as its bytes do', () => {
    fc.assert(
      fc.property(lsn, lsn, (a, b) => {
        expect(toLsn(toPosition(a)).equals(a)).toBe(true);
        const byText = toPosition(a) < toPosition(b) ? -1 : Number(toPosition(a) > toPosition(b));
        expect(byText).toBe(Math.sign(Buffer.compare(a, b)));
      }),
    );
  });

  it('has nothing between itself and the next one', () => {
    fc.assert(
      fc.property(lsn, (bytes) => {
        const position = toPosition(bytes);
        fc.pre(position !== 'f'.repeat(20));
        expect(increment(position) > position).toBe(true);
        expect(decrement(increment(position))).toBe(position);
      }),
    );
    expect(increment('0000001d000000a6ffff')).toBe('0000001d000000a70000');
    expect(decrement(NO_LSN)).toBe(NO_LSN);
  });

  it('is as many bytes away as the blocks of the log say, and 0 only from itself', () => {
    expect(distanceBetween('0000001d000000a60001', '0000001d000000a60001')).toBe(0);
    expect(distanceBetween('0000001d000000a60002', '0000001d000000a60001')).toBe(0);
    expect(distanceBetween('0000001d000000a60001', '0000001d000000a60002')).toBe(1);
    expect(distanceBetween('0000001d000000a60001', '0000001d000000a80001')).toBe(1024);
    expect(distanceBetween('0000001d00ffffff0001', '0000001e000000020001')).toBe(1024);
  });

  it('refuses what is no position of this feed', () => {
    expect(() => toLsn('00000000000000000012 ')).toThrow(TypeError);
    expect(() => toLsn('0000001D000000A60001')).toThrow(TypeError);
    expect(() => toPosition(Buffer.alloc(8))).toThrow(TypeError);
  });
});
