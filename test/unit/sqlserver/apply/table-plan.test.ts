import { expect, it } from 'vitest';
import { planTable } from '../../../../src/engines/sqlserver/apply/table-plan.js';
import { column, shape, table } from './plans.js';

it('finds no row by a part of the key where the target computes the rest', () => {
  const columns = [column('tenant'), column('code', { generated: true }), column('v')];
  const plan = () => planTable(shape(['tenant', 'code', 'v'], ['tenant', 'code']), table(columns));
  expect(plan).toThrow(/computes the column code of dbo\.t by itself/);
});
