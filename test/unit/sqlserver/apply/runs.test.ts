import { describe, expect, it } from 'vitest';
import { runsOf } from '../../../../src/engines/sqlserver/apply/runs.js';
import { change, member, shape } from './plans.js';

const of = shape(['id', 'v']);
const other = shape(['id', 'v', 'w']);
const a = member('a');
const b = member('b');
const put = (id: string, in_ = of) =>
  change(
    in_,
    'i',
    in_.columns.map(() => id),
  );

function said(entries: Parameters<typeof runsOf>[0], ordered = false): string[] {
  return runsOf(entries, ordered).map((run) =>
    run.kind === 'truncate'
      ? `truncate ${run.member.tableId}`
      : `${run.member.tableId} ${String(run.changes.length)}`,
  );
}

describe('runs of changes', () => {
  it('gather the changes of each table, whatever lies between them', () => {
    const entries = [
      { change: put('1'), member: a },
      { change: put('1'), member: b },
      { change: put('2'), member: a },
    ];
    expect(said(entries)).toEqual(['a 2', 'b 1']);
    expect(said(entries, true)).toEqual(['a 1', 'b 1', 'a 1']);
  });

  it('end where the shape changes or any table is emptied', () => {
    const entries = [
      { change: put('1'), member: a },
      { change: put('2', other), member: a },
      { change: put('1'), member: b },
      { change: change(of, 't', null), member: b },
      { change: put('3', other), member: a },
    ];
    expect(said(entries)).toEqual(['a 1', 'a 1', 'b 1', 'truncate b', 'a 1']);
  });

  it('leave out tables that are only parked', () => {
    const parked = member('p', { applies: false, parks: true });
    expect(said([{ change: put('1'), member: parked }])).toEqual([]);
  });
});
