import { aliasOf, finds } from './write.js';
import type { SourceRows } from '../source-rows.js';
import type { PlanColumn, TablePlan } from '../table-plan.js';

/**
 * $1 table. In the transaction, or after the savepoint, whose rows it speaks for: they have the same
 * xmin. `seen` is null for rows that are as the changes made them.
 */
export const MARK_WRITER = `
  insert into sluice.stage_writer (table_id, seen) values ($1, $2)`;

/**
 * $1 table, $2 epoch: up to where the newest chunk may have seen, and rows that were fetched; null
 * where chunks have no position, and where none was fetched.
 */
export const ROWS_SAW = `
  select (select max(c.source_position collate "C")
            from sluice.chunk c
           where c.table_id = t.table_id and c.epoch = $2) as copied,
         t.stage_position as fetched
    from sluice.table_state t
   where t.table_id = $1`;

/** $1 table, $2 position: rows were fetched that may have seen what lies before it. */
export const KEEP_SEEN = `
  update sluice.table_state
     set stage_position = $2, updated_at = clock_timestamp()
   where table_id = $1 and (stage_position is null or stage_position collate "C" < $2)`;

/** Rows by key: number, whether who wrote it is known, and up to where that one may have seen. */
export function lookSql(plan: TablePlan, source: SourceRows, tableId: string): string {
  return `
    select s.n, (w.writer is not null)::text, w.seen
      from ${source.from}
      join ${plan.table.own} as t on ${finds(plan, source)}
      left join (select xmin as writer, seen
                   from sluice.stage_writer
                  where table_id = ${BigInt(tableId).toString()}) w on w.writer = t.xmin`;
}

/** Set what is known in the rows that are there; returns their numbers. */
export function updateFoundSql(
  plan: TablePlan,
  source: SourceRows,
  set: readonly PlanColumn[],
): string {
  const assignments = set.map(
    (column) => `${column.target.sql} = ${source.expressions.get(aliasOf(column)) ?? 'null'}`,
  );
  return `
    update ${plan.table.own} as t set ${assignments.join(', ')}
      from ${source.from}
     where ${finds(plan, source)}
    returning s.n`;
}

/** Take rows out; returns number and the values of `kept`, as text. */
export function takeOutSql(
  plan: TablePlan,
  source: SourceRows,
  kept: readonly PlanColumn[],
): string {
  return `
    delete from ${plan.table.own} as t using ${source.from}
     where ${finds(plan, source)}
    returning ${['s.n', ...texts(kept)].join(', ')}`;
}

/** Read rows by key; returns as takeOutSql does. */
export function selectSql(
  plan: TablePlan,
  source: SourceRows,
  columns: readonly PlanColumn[],
): string {
  return `
    select ${['s.n', ...texts(columns)].join(', ')}
      from ${source.from}
      join ${plan.table.own} as t on ${finds(plan, source)}`;
}

function texts(columns: readonly PlanColumn[]): string[] {
  return columns.map((column) => `t.${column.target.sql}::text`);
}
