import { aliasOf } from './write.js';
import type { SourceRows } from '../source-rows.js';
import type { PlanColumn, TablePlan } from '../table-plan.js';
import { finds } from './write.js';

/** Set what is known in the rows that are there; returns the numbers of those. */
export function updateFoundSql(
  plan: TablePlan,
  source: SourceRows,
  set: readonly PlanColumn[],
): string {
  if (set.length === 0) {
    return `select s.n from ${source.from} join ${plan.table.sql} as t on ${finds(plan, source)}`;
  }
  const assignments = set.map(
    (column) => `${column.target.sql} = ${source.expressions.get(aliasOf(column)) ?? 'null'}`,
  );
  return `
    update ${plan.table.sql} as t set ${assignments.join(', ')}
      from ${source.from}
     where ${finds(plan, source)}
    returning s.n`;
}

/** Take rows out; returns their numbers and, as text, the values of `kept`. */
export function takeOutSql(
  plan: TablePlan,
  source: SourceRows,
  kept: readonly PlanColumn[],
): string {
  const values = kept.map((column) => `t.${column.target.sql}::text`);
  return `
    delete from ${plan.table.sql} as t using ${source.from}
     where ${finds(plan, source)}
    returning ${['s.n', ...values].join(', ')}`;
}

/** Read `columns` as text by key; the row's number first. */
export function selectSql(
  plan: TablePlan,
  source: SourceRows,
  columns: readonly PlanColumn[],
): string {
  const values = columns.map((column) => `t.${column.target.sql}::text`);
  return `
    select ${['s.n', ...values].join(', ')}
      from ${source.from}
      join ${plan.table.sql} as t on ${finds(plan, source)}`;
}
