import { describe, expect, it } from 'vitest';
import type { Cell, Change, Shape } from '../../../src/core/change.js';
import { UNCHANGED } from '../../../src/core/change.js';
import { stageRuns } from '../../../src/core/stage-runs.js';

const shape: Shape = {
  table: { schema: 's', table: 't' },
  columns: [
    { name: 'id', type: '20', key: true },
    { name: 'big', type: '25', key: false },
  ],
  wire: 'test',
};
const KEY = [0];

function change(op: Change['op'], old: string | null, id: string | null, big?: string): Change {
  const value: Cell = big === undefined ? UNCHANGED : Buffer.from(big);
  return {
    shape,
    op,
    oldKey: old === null ? null : [Buffer.from(old), null],
    row: id === null ? null : [Buffer.from(id), value],
    formats: null,
    oldKeyFormats: null,
    bytes: 1,
  };
}

/** The numbers of changes in each run. */
function lengths(...changes: readonly Change[]): number[] {
  return [...stageRuns(changes, KEY)].map((run) => run.length);
}

describe('runs of changes for a table that is being copied', () => {
  it('end before a row that takes a key which another one left, without all its values', () => {
    const leaves = [change('u', '8', '2'), change('u', '2', '9')];
    expect(lengths(...leaves, change('u', '1', '2'))).toEqual([2, 1]);
    expect(lengths(change('d', '2', null), change('u', '1', '2'))).toEqual([1, 1]);
  });

  it('go on where the row brings all its values, also when it changes afterwards', () => {
    const leaves = change('u', '2', '9');
    expect(lengths(leaves, change('i', null, '2', 'all'), change('u', null, '2'))).toEqual([3]);
    expect(lengths(leaves, change('u', '1', '2', 'all'))).toEqual([2]);
  });

  it('go on where no key is taken again', () => {
    expect(lengths(change('u', '1', '2'), change('u', '3', '4'), change('u', null, '4'))).toEqual([
      3,
    ]);
    expect(lengths()).toEqual([]);
  });

  it('begin to remember anew after a border', () => {
    const taken = [change('u', '2', '9'), change('u', '1', '2')];
    expect(lengths(...taken, change('u', '3', '4'), change('u', null, '2'))).toEqual([1, 3]);
  });
});
