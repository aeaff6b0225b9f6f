import { expect, it } from 'vitest';
import { planTable } from '../../../../src/engines/sqlserver/apply/table-plan.js';
import { column, shape, table } from './plans.js';

it('finds no row by a part of the key where the target computes the rest', () => {
  const columns = [column('tenant'), column('code', { generated: true }), column('v')];
  const plan = () => planTable(shape(['tenant', 'code', 'v'], ['tenant', 'code']), table(columns));
  expect(plan).toThrow(/computes the column code of dbo\.t by itself/);
});

it.each([
  ['text(*)', 'datetime2', /column v of dbo\.t comes as text, and is no text on the target/],
  ['timestamp(6,none)', 'nvarchar', /column v of dbo\.t comes as its own type, and is text/],
])('refuses %s for a column of %s', (type, name, says) => {
  const columns = [
    { name: 'id', type: 'text(*)', key: true },
    { name: 'v', type, key: false },
  ];
  const sent = { table: { schema: 'dbo', table: 't' }, columns, wire: 'neutral' };
  const held = { name, maxLength: -1, precision: 0, scale: 7 };
  const target = table([column('id'), column('v', { type: held })]);
  expect(() => planTable(sent, target)).toThrow(says);
});
