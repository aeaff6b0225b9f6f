import type { SourceRows } from '../source-rows.js';
import type { PlanColumn, TablePlan } from '../table-plan.js';

/**
 * Texts that write rows. Each ends in a SELECT of the number of rows it found, checked against the
 * number it was sent for (`expected`, the parameter after the rows') or just returned (null).
 * Aliases: f0… the key a row has on the target, c<index> the values it gets.
 */
export interface WriteText {
  readonly plan: TablePlan;
  readonly source: SourceRows;
  readonly check: boolean;
}

export function deleteSql({ plan, source, check }: WriteText): string {
  return `
    with gone as (
      delete from ${plan.table.own} as t using ${source.from}
       where ${finds(plan, source)}
      returning 1)
    ${found('gone', source, check)}`;
}

export function insertSql({ plan, source }: WriteText, columns: readonly PlanColumn[]): string {
  return `
    insert into ${plan.table.sql} (${names(columns)}) overriding system value
    select ${valuesOf(source, columns)} from ${source.from}`;
}

export function copySql({ table, columns }: TablePlan): string {
  return `copy ${table.sql} (${names(columns)}) from stdin (format binary)`;
}

export function updateSql(write: WriteText, set: readonly PlanColumn[]): string {
  const { plan, source, check } = write;
  return `
    with changed as (
      update ${plan.table.own} as t set ${assignments(source, set)}
        from ${source.from}
       where ${finds(plan, source)}
      returning 1)
    ${found('changed', source, check)}`;
}

/** Whole rows: those that are not there are inserted; returns how many were there. */
export function updateOrInsertSql(write: WriteText, set: readonly PlanColumn[]): string {
  const { plan, source } = write;
  return `
    with changed as (
      update ${plan.table.own} as t set ${assignments(source, set)}
        from ${source.from}
       where ${finds(plan, source)}
      returning s.n),
    added as (
      insert into ${plan.table.sql} (${names(plan.columns)}) overriding system value
      select ${valuesOf(source, plan.columns)} from ${source.from}
       where s.n not in (select c.n from changed as c))
    ${found('changed', source, false)}`;
}

/**
 * Delete rows, then insert them with the values known and the rest as they had it. The sort makes
 * every delete come before the first insert, so keys may be exchanged.
 * `add`: rows that were not there are inserted too (whole rows only).
 */
export function moveSql(write: WriteText, known: readonly PlanColumn[], add: boolean): string {
  const { plan, source, check } = write;
  const known_ = new Set(known.map((column) => column.target.name));
  const kept = plan.table.columns.filter(({ name, generated }) => !generated && !known_.has(name));
  const into = [...known.map((column) => column.target.sql), ...kept.map((column) => column.sql)];
  const aliases = [...known.map(aliasOf), ...kept.map((_, i) => `k${i}`)];
  const keeps = kept.map((column, i) => `t.${column.sql} as k${i}`);
  const values = known.map((column) => `${valueOf(source, column)} as ${aliasOf(column)}`);
  const added = `,
    added as (
      insert into ${plan.table.sql} (${names(known)}) overriding system value
      select ${valuesOf(source, known)} from ${source.from}
       where s.n not in (select o.n from old as o))`;
  return `
    with old as (
      delete from ${plan.table.own} as t using ${source.from}
       where ${finds(plan, source)}
      returning ${['s.n', ...values, ...keeps].join(', ')}),
    put as (
      insert into ${plan.table.sql} (${into.join(', ')}) overriding system value
      select ${aliases.join(', ')} from old order by n)${add ? added : ''}
    ${found('old', source, check)}`;
}

export function keyAlias(position: number): string {
  return `f${position}`;
}

export function aliasOf(column: PlanColumn): string {
  return `c${column.index}`;
}

/** Types that PostgreSQL has no equality for: their texts are compared. */
const WITHOUT_EQUALITY = new Set([114, 142, 600, 601, 602, 603, 604, 718]);

export function finds(plan: TablePlan, source: SourceRows): string {
  if (plan.keyless) return findsOne(plan, source);
  return plan.key
    .map((column, i) => {
      const value = source.expressions.get(keyAlias(i)) ?? 'null';
      return `t.${column.target.sql} ${column.target.equals} ${value}`;
    })
    .join(' and ');
}

/** One of the rows that are equal in every column; an index serves those of its key. */
function findsOne(plan: TablePlan, source: SourceRows): string {
  const indexed = (plan.late ?? []).map((column) => {
    const value = source.expressions.get(keyAlias(plan.key.indexOf(column))) ?? 'null';
    return `x.${column.target.sql} ${column.target.equals} ${value}`;
  });
  const same = plan.key.map((column, i) => {
    const cast = WITHOUT_EQUALITY.has(column.target.type.oid) ? '::text' : '';
    const value = source.expressions.get(keyAlias(i)) ?? 'null';
    return `x.${column.target.sql}${cast} is not distinct from (${value})${cast}`;
  });
  return `(t.tableoid, t.ctid) = (
      select x.tableoid, x.ctid from ${plan.table.own} as x
       where ${[...indexed, ...same].join(' and ')} limit 1)`;
}

function found(rows: string, source: SourceRows, check: boolean): string {
  const count = `(select count(*) from ${rows})`;
  if (!check) return `select ${count}`;
  return `select sluice.expect_rows(${count}, $${source.types.length + 1})`;
}

function names(columns: readonly PlanColumn[]): string {
  return columns.map((column) => column.target.sql).join(', ');
}

function assignments(source: SourceRows, columns: readonly PlanColumn[]): string {
  return columns.map((column) => `${column.target.sql} = ${valueOf(source, column)}`).join(', ');
}

function valuesOf(source: SourceRows, columns: readonly PlanColumn[]): string {
  return columns.map((column) => valueOf(source, column)).join(', ');
}

function valueOf(source: SourceRows, column: PlanColumn): string {
  return source.expressions.get(aliasOf(column)) ?? 'null';
}
