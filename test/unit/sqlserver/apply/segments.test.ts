import { describe, expect, it } from 'vitest';
import { applySegment } from '../../../../src/engines/sqlserver/apply/apply-segment.js';
import { segmentOf } from '../../../../src/engines/sqlserver/apply/segment.js';
import { orderedRows } from '../../../../src/engines/sqlserver/apply/staged-rows.js';
import type { Query, Row } from '../../../../src/engines/sqlserver/sql-session.js';
import { change, member, simplePlan } from './plans.js';

const plan = simplePlan();
const of = plan.shape;
const insert = (id: string) => change(of, 'i', [id, 'a', 'x']);
const update = (id: string) => change(of, 'u', [id, 'b', 'x']);
const move = (from: string, to: string) => change(of, 'u', [to, 'b', 'x'], [from, null, null]);
const remove = (id: string) => change(of, 'd', null, [id, null, null]);

function groups(order: 'source' | 'each', ...changes: ReturnType<typeof change>[]) {
  return segmentOf(member('1'), plan, orderedRows(plan, changes), { seg: 1, order }).groups;
}

describe('rows in the order of the source', () => {
  it('are written by one statement as long as each is another row and of the same kind', () => {
    expect(groups('source', insert('1'), insert('2'), update('1'), update('2'))).toEqual([2, 4]);
    expect(groups('source', update('1'), update('2'), update('1'))).toEqual([2, 3]);
    expect(groups('source', remove('1'), remove('2'), insert('1'))).toEqual([2, 3]);
  });

  it('move one by one: a row may come to a key that another one has just left', () => {
    expect(groups('source', move('1', '2'), move('3', '1'), move('2', '3'))).toEqual([1, 2, 3]);
  });

  it('go one by one where a trigger sees them', () => {
    expect(groups('each', insert('1'), insert('2'), update('1'), update('2'))).toEqual([
      1, 2, 3, 4,
    ]);
  });
});

describe('a statement that does not write what it was sent for', () => {
  /** Each row is there or none is, and the target takes so many of them. */
  function target(found: number, taken: number): Query {
    return <T extends Row>(sql: string) => {
      const n = /^\s*update s/.test(sql) ? found : taken;
      return Promise.resolve([{ n }] as unknown as readonly T[]);
    };
  }

  it.each([
    ['an index that ignores duplicates', [insert('1'), insert('2')], 0, 1],
    ['a key that finds several rows', [update('1'), update('2')], 2, 3],
    ['a row that an update passed over', [update('1'), update('2')], 2, 1],
  ])('11.4: is refused: %s', async (_, changes, found, taken) => {
    const how = { seg: 1, order: 'source' } as const;
    const segment = segmentOf(member('1'), plan, orderedRows(plan, changes), how);
    const writing = applySegment(target(found, taken), segment, '[#s]', 'set');
    await expect(writing).rejects.toMatchObject({
      code: 'ROW_REJECTED',
      message: `The target table dbo.t took ${String(taken)} of 2 rows.`,
    });
  });
});
