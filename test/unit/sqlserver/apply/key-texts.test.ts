import { describe, expect, it } from 'vitest';
import { deleteSql, updateSql } from '../../../../src/engines/sqlserver/apply/sql/write.js';
import { planTable } from '../../../../src/engines/sqlserver/apply/table-plan.js';
import { column, shape, table } from './plans.js';

const type = (name: string, maxLength: number) => ({ name, maxLength, precision: 0, scale: 0 });

/** A table whose key is a column of this type. */
function written(name: string, maxLength: number) {
  const key = column('id', { type: type(name, maxLength), collation: 'Latin1_General_CI_AS' });
  const columns = [key, column('v', { type: type('varchar', 20) })];
  const plan = planTable(shape(['id', 'v']), table(columns));
  return { plan, stage: '[#s]', heads: new Map() };
}

describe('what finds a row of a target table', () => {
  it.each([
    ['varchar', 20],
    ['char', 8000],
  ])('is a %s where its column is one, or the column would be converted', (name, length) => {
    const sql = deleteSql(written(name, length));
    expect(sql).toContain('t.[id] = convert(varchar(8000), s.f0)');
  });

  it('is what was staged where that is of the same kind', () => {
    expect(deleteSql(written('nvarchar', 40))).toContain('t.[id] = s.f0');
  });

  it('is no matter of the values, which an assignment refuses where they are too long', () => {
    const of = written('varchar', 20);
    const values = of.plan.columns.filter(({ target }) => target.name === 'v');
    expect(updateSql(of, values, new Set())).toContain('[v] = s.c1');
  });
});
