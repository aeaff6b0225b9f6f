import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Instance } from '../../../../src/engines/sqlserver/feed/cdc/instances.js';
import { increment } from '../../../../src/engines/sqlserver/feed/cdc/lsn.js';
import { overtaken, planReads } from '../../../../src/engines/sqlserver/feed/cdc/plan-reads.js';

const at = (n: number) => n.toString(16).padStart(20, '0');

function instance(name: string, start: number | null, more: Partial<Instance> = {}): Instance {
  return {
    id: start ?? 0,
    sourceId: 1,
    table: { schema: 'dbo', table: 't' },
    name,
    changeTable: `${name}_CT`,
    start: start === null ? null : at(start),
    created: '2026-01-01T00:00:00',
    cleaned: false,
    hasCommand: true,
    ...more,
  };
}

const own = (generation: number) => `sluice_0123456789ab_dbo_t_89abcdef_${String(generation)}`;

describe('which instance says what happened', () => {
  it('takes the only one from its start on', () => {
    const only = instance('dbo_t', 100);
    expect(planReads([only], { from: at(50), to: at(200) })).toEqual({
      reads: [{ instance: only, from: at(99), to: at(200) }],
      lost: null,
    });
    expect(planReads([only], { from: at(150), to: at(200) }).reads).toEqual([
      { instance: only, from: at(150), to: at(200) },
    ]);
  });

  it('11.8: reads nothing of one that the capture job has not come to', () => {
    expect(planReads([instance('dbo_t', null)], { from: at(50), to: at(200) })).toEqual({
      reads: [],
      lost: null,
    });
  });

  it('never tells a position twice and leaves none out where a table has two', () => {
    const number = fc.integer({ min: 1, max: 60 });
    fc.assert(
      fc.property(number, number, number, number, (a, b, from, length) => {
        fc.pre(a !== b);
        const first = Math.min(a, b);
        const both = [instance('old', first), instance('new', Math.max(a, b))];
        const { reads } = planReads(both, { from: at(from), to: at(from + length) });
        for (let position = from + 1; position <= from + length; position += 1) {
          const telling = reads.filter(
            (read) => read.from < at(position) && at(position) <= read.to,
          );
          const speaker = position >= Math.max(a, b) ? 'new' : 'old';
          const wanted = position < first ? [] : [speaker];
          expect(telling.map((read) => read.instance.name)).toEqual(wanted);
        }
      }),
    );
  });

  it('calls it a loss when the clean-up has passed the position, and not before', () => {
    const cleaned = instance('dbo_t', 100, { cleaned: true });
    const lost = (from: number) => planReads([cleaned], { from: at(from), to: at(200) }).lost;
    expect(lost(50)).toContain('clean-up');
    expect(lost(98)).toContain('clean-up');
    expect(lost(99)).toBeNull();
    expect(increment(at(99))).toBe(at(100));
    expect(lost(150)).toBeNull();
  });

  it('11.8: does not call it a loss that a new instance begins behind the position', () => {
    const [stretch] = [{ from: at(50), to: at(200) }];
    expect(planReads([instance('dbo_t', 100)], stretch).lost).toBeNull();
    expect(planReads([instance(own(1), 100)], stretch).lost).toBeNull();
  });

  it('calls it a loss when the instance before the only one is gone', () => {
    const stretch = { from: at(50), to: at(200) };
    expect(planReads([instance(own(2), 100)], stretch).lost).toContain('is gone');
    expect(planReads([instance(own(1), 20), instance(own(2), 100)], stretch).lost).toBeNull();
  });
});

describe('a read that a clean-up overtakes', () => {
  const read = { instance: instance('dbo_t', 10), from: at(50), to: at(200) };

  it('is whole while the instance begins at or before the next position', () => {
    expect(overtaken(read, at(51), at(50))).toBe(false);
    expect(overtaken(read, at(52), at(50))).toBe(true);
    expect(overtaken(read, at(101), at(100))).toBe(false);
    expect(overtaken(read, at(102), at(100))).toBe(true);
  });

  it('lost nothing that was told before', () => {
    expect(overtaken(read, at(300), at(200))).toBe(false);
    expect(overtaken(read, null, at(50))).toBe(false);
  });
});
