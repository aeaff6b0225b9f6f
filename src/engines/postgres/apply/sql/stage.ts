import { aliasOf } from './write.js';
import type { SourceRows } from '../source-rows.js';
import type { PlanColumn, TablePlan } from '../table-plan.js';
import { finds } from './write.js';

export interface Wanted {
  /** Columns that are compared with the values sent along, byte for byte. */
  readonly known: readonly PlanColumn[];
  /** Columns that are read. */
  readonly kept: readonly PlanColumn[];
}

function alike(source: SourceRows, known: readonly PlanColumn[]): string {
  const has = known.map(({ target }) => `t.${target.sql}`).join(', ');
  const sent = known.map((column) => {
    const value = source.expressions.get(aliasOf(column)) ?? 'null';
    return `(${value})::${column.target.type.sql}`;
  });
  // As records: between row constructors each column would need an operator of that name.
  return `(row(${has})::record *= row(${sent.join(', ')})::record)::text`;
}

/** Set what is known in the rows that are there; returns the numbers of those. */
export function updateFoundSql(
  plan: TablePlan,
  source: SourceRows,
  set: readonly PlanColumn[],
): string {
  if (set.length === 0) {
    return `select s.n from ${source.from} join ${plan.table.own} as t on ${finds(plan, source)}`;
  }
  const assignments = set.map(
    (column) => `${column.target.sql} = ${source.expressions.get(aliasOf(column)) ?? 'null'}`,
  );
  return `
    update ${plan.table.own} as t set ${assignments.join(', ')}
      from ${source.from}
     where ${finds(plan, source)}
    returning s.n`;
}

/** Take rows out; returns number, whether `known` is alike, and the values of `kept`, as text. */
export function takeOutSql(plan: TablePlan, source: SourceRows, { known, kept }: Wanted): string {
  const values = [alike(source, known), ...kept.map((column) => `t.${column.target.sql}::text`)];
  return `
    delete from ${plan.table.own} as t using ${source.from}
     where ${finds(plan, source)}
    returning ${['s.n', ...values].join(', ')}`;
}

/** Read rows by key, as takeOutSql does. */
export function selectSql(plan: TablePlan, source: SourceRows, { known, kept }: Wanted): string {
  const values = [alike(source, known), ...kept.map((column) => `t.${column.target.sql}::text`)];
  return `
    select ${['s.n', ...values].join(', ')}
      from ${source.from}
      join ${plan.table.own} as t on ${finds(plan, source)}`;
}
