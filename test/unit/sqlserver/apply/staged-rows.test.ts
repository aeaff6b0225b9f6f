import { describe, expect, it } from 'vitest';
import { UNCHANGED } from '../../../../src/core/change.js';
import { UnknownKey } from '../../../../src/core/unknown-key.js';
import { segmentOf } from '../../../../src/engines/sqlserver/apply/segment.js';
import {
  foldedRows,
  orderedRows,
  stagedValues,
  unknownColumns,
  unknownMask,
  variantHeads,
} from '../../../../src/engines/sqlserver/apply/staged-rows.js';
import { planTable } from '../../../../src/engines/sqlserver/apply/table-plan.js';
import { change, column, member, shape, simplePlan, table } from './plans.js';

const plan = simplePlan();
const of = plan.shape;

describe('rows on their way into a stage', () => {
  it('are what a run comes to, one for each key', () => {
    const rows = foldedRows(plan, [
      change(of, 'i', ['1', 'a', 'x']),
      change(of, 'u', ['1', 'b', UNCHANGED]),
      change(of, 'u', ['2', 'b', UNCHANGED]),
      change(of, 'd', null, ['3', null, null]),
      change(of, 'i', ['4', 'a', 'x']),
      change(of, 'd', null, ['4', null, null]),
      change(of, 'u', ['6', 'm', UNCHANGED], ['5', null, null]),
    ]);
    const kinds = rows.map(({ op, find }) => `${op}${find.cells[0]?.toString() ?? ''}`);
    expect(kinds.sort()).toEqual(['d3', 'e4', 'i1', 'm5', 'u2']);
  });

  it('are the changes themselves where the order counts, with moves told apart', () => {
    const rows = orderedRows(plan, [
      change(of, 'i', ['1', 'a', 'x']),
      change(of, 'u', ['1', 'b', UNCHANGED], ['1', null, null]),
      change(of, 'u', ['2', 'b', UNCHANGED], ['1', null, null]),
      change(of, 'd', null, ['2', null, null]),
    ]);
    expect(rows.map(({ op }) => op)).toEqual(['i', 'u', 'm', 'd']);
  });

  it('carry a mark for each column that they leave as it is', () => {
    const [row] = foldedRows(plan, [change(of, 'u', ['1', 'b', UNCHANGED])]);
    const unknown = unknownColumns(plan, row?.row ?? null);
    expect(unknownMask(plan, unknown)).toBe('001');
    expect(row === undefined ? null : stagedValues(plan, row)).toEqual(['1', '1', 'b', null]);
    expect(unknownMask(plan, [])).toBeNull();
    const rows = row === undefined ? [] : [row];
    const segment = segmentOf(member('1'), plan, rows, { seg: 1, order: 'any' });
    expect([...segment.partial].map(({ target }) => target.name)).toEqual(['big']);
  });

  it('are refused without the key of their row', () => {
    expect(() => foldedRows(plan, [change(of, 'u', [UNCHANGED, 'b', 'x'])])).toThrow(UnknownKey);
    expect(() => orderedRows(plan, [change(of, 'd', null)])).toThrow(UnknownKey);
  });

  it('name the types that their variants have', () => {
    const type = { name: 'sql_variant', maxLength: 8016, precision: 0, scale: 0 };
    const variant = column('va', { type, collation: null });
    const withVariant = planTable(shape(['id', 'va']), table([column('id'), variant]));
    const rows = foldedRows(withVariant, [
      change(withVariant.shape, 'i', ['1', 'int~5']),
      change(withVariant.shape, 'i', ['2', 'decimal(10,2)~5.00']),
      change(withVariant.shape, 'i', ['3', null]),
    ]);
    const heads = [...variantHeads(withVariant, rows).values()];
    expect(heads).toEqual([['decimal(10,2)', 'int']]);
  });
});

describe('the plan of a table', () => {
  it('leaves out what the server computes, and refuses a column that is not there', () => {
    const computed = column('c', { generated: true });
    const names = ['id', 'c'];
    const planned = planTable(shape(names), table([column('id'), computed]));
    expect(planned.columns.map(({ target }) => target.name)).toEqual(['id']);
    expect(() => planTable(shape(['id', 'gone']), table([column('id')]))).toThrow(/gone/);
  });

  it('knows which rows may go and come back', () => {
    expect(simplePlan().reinsertable).toBe(true);
    expect(simplePlan({ referenced: true }).reinsertable).toBe(false);
    const wider = table([column('id'), column('v'), column('own')]);
    expect(planTable(shape(['id', 'v']), wider).reinsertable).toBe(false);
  });

  it('finds rows one by one where no key tells them apart', () => {
    const names = ['id', 'v'];
    const columns = names.map((name) => column(name));
    expect(planTable(shape(names, names), table(columns, { keys: [] })).keyless).toBe(true);
    expect(planTable(shape(names, names), table(columns)).key).toHaveLength(1);
    expect(() => planTable(shape(names, []), table(columns))).toThrow(/no key/);
  });
});
