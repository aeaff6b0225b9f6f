import { sameText } from '../../full-sync/compare-sql.js';
import type { PlanColumn, TablePlan } from '../table-plan.js';
import { isUnknown, keyName, restaged, valueName } from './stage.js';

/** What the texts below are about. `heads`: of the staged variants, for each such column. */
export interface Written {
  readonly plan: TablePlan;
  readonly stage: string;
  readonly heads: ReadonlyMap<PlanColumn, readonly string[]>;
}

/** The rows of a run, or one of them: the same text, so the same plan. */
const ROWS = 's.seg = @seg and s.n between @first and @last';
/** What came of it (test/conformance/sqlserver/changes: "is that of the last statement"). */
const COUNT = 'select @@rowcount as n';
/**
 * Two rows that are equal in every column: each change is about one of them
 * (test/conformance/sqlserver/changes: "TOP (1) touches one row").
 */
const one = (plan: TablePlan): string => (plan.keyless ? 'top (1) ' : '');

/** Delete what rows of kind @op find. */
export function deleteSql({ plan, stage, heads }: Written): string {
  return `
delete ${one(plan)}t
  from ${plan.table.sql} t
  join ${stage} s on ${finds(plan, heads)}
 where ${ROWS} and s.op = @op;
${COUNT}`;
}

/** Note which rows of kind @op the target has. */
export function markSql({ plan, stage, heads }: Written): string {
  return `
update s
   set found = 1
  from ${stage} s
 where ${ROWS} and s.op = @op
   and exists (select 1 from ${plan.table.sql} t where ${finds(plan, heads)});
${COUNT}`;
}

/** The same where rows leave their keys: one that leaves is not the one that comes to its key. */
export function markStayingSql({ plan, stage, heads }: Written): string {
  return `
update s
   set found = 1
  from ${stage} s
 where ${ROWS} and s.op = @op
   and exists (select 1
                 from ${plan.table.sql} t
                where ${finds(plan, heads)}
                  and not exists (select 1
                                    from ${stage} m
                                   where m.seg = @seg and m.n between @first and @last
                                     and m.op = N'm' and ${finds(plan, heads, 'm')}));
${COUNT}`;
}

/**
 * Set `columns` in the rows of kind @op or @other that are there. All of them in one statement: the
 * server looks at unique keys only at its end, so rows may exchange values
 * (test/conformance/sqlserver/changes: "see all rows as they were before the statement").
 *
 * @param partial columns that some row leaves as they are
 */
export function updateSql(
  { plan, stage, heads }: Written,
  columns: readonly PlanColumn[],
  partial: ReadonlySet<PlanColumn>,
): string {
  const assignments = columns.map((column) => {
    const value = valueOf(column, heads);
    const kept = `case when ${isUnknown(column)} then t.${column.target.sql} else ${value} end`;
    return `${column.target.sql} = ${partial.has(column) ? kept : value}`;
  });
  return `
update ${one(plan)}t
   set ${assignments.join(',\n       ')}
  from ${plan.table.sql} t
  join ${stage} s on ${finds(plan, heads)}
 where ${ROWS} and s.op in (@op, @other) and s.found = 1;
${COUNT}`;
}

/** Insert the whole rows that are not there (any more), in the order of their keys. */
export function insertSql({ plan, stage, heads }: Written): string {
  const { columns, table, key } = plan;
  const identity = columns.some((column) => column.target.identity);
  const allow = (on: 'on' | 'off') => (identity ? `set identity_insert ${table.sql} ${on};` : '');
  return `
${allow('on')}
insert into ${table.sql} (${columns.map((column) => column.target.sql).join(', ')})
select ${columns.map((column) => valueOf(column, heads)).join(', ')}
  from ${stage} s
 where ${ROWS} and s.op in (N'u', N'i', N'm') and s.found <> 1 and s.unknown is null
 order by ${plan.keyless ? 's.n' : key.map((column) => valueOf(column, heads)).join(', ')};
${COUNT};
${allow('off')}`.trim();
}

/** How many rows the statement above has to insert. */
export function absentSql({ stage }: Written): string {
  return `
select count(*) as n
  from ${stage} s
 where ${ROWS} and s.op in (N'u', N'i', N'm') and s.found <> 1 and s.unknown is null`;
}

/** Rows whose identity value the source has changed, which no UPDATE can follow. */
export function renumberedSql({ plan, stage, heads }: Written): string {
  const numbers = plan.columns.filter((column) => column.target.identity);
  const differs = numbers.map((column) => `t.${column.target.sql} <> ${valueOf(column, heads)}`);
  return `
select count(*) as n
  from ${plan.table.sql} t
  join ${stage} s on ${finds(plan, heads)}
 where ${ROWS} and s.op in (N'u', N'i') and s.found = 1 and (${differs.join(' or ')})`;
}

/** Bring moved rows what they left out, from where they are now; they are whole afterwards. */
export function fillSql(written: Written, partial: ReadonlySet<PlanColumn>): string {
  return bringSql(written, partial, 'unknown = null');
}

/** The same from their old keys, where by now other rows may be. */
export function guessSql(written: Written, partial: ReadonlySet<PlanColumn>): string {
  return bringSql(written, partial, 'found = 3');
}

/** Those that are at their new key already have it there; a guess has to do for the others. */
export function settleSql(written: Written, partial: ReadonlySet<PlanColumn>): string {
  return `
${bringSql(written, partial, 'unknown = null')} and s.found = 1;
update s
   set unknown = null
  from ${written.stage} s
 where ${ROWS} and s.op = N'm' and s.found = 3;
select s.n
  from ${written.stage} s
 where ${ROWS} and s.op = N'm' and s.found = 3
 order by s.n`;
}

function bringSql(
  { plan, stage, heads }: Written,
  partial: ReadonlySet<PlanColumn>,
  mark: string,
): string {
  const brought = [...partial].map(
    (column) =>
      `${valueName(column)} = case when ${isUnknown(column)} then ${restaged(column)} else s.${valueName(column)} end`,
  );
  return `
update s
   set ${[...brought, mark].join(',\n       ')}
  from ${stage} s
  join ${plan.table.sql} t on ${finds(plan, heads)}
 where ${ROWS} and s.op = N'm'`;
}

/** Take the whole rows of kind @op out of the table; they come back by the insert. */
export function takeOutSql({ plan, stage, heads }: Written): string {
  return `
delete t
  from ${plan.table.sql} t
  join ${stage} s on ${finds(plan, heads)}
 where ${ROWS} and s.op = @op and s.found = 1 and s.unknown is null;
update s
   set found = 2
  from ${stage} s
 where ${ROWS} and s.op = @op and s.found = 1 and s.unknown is null`;
}

/** What finds a moved row is its new key from here on. */
export function rekeySql({ plan, stage }: Written): string {
  const keys = plan.key.map((column, i) => `${keyName(i)} = s.${valueName(column)}`);
  return `
update s
   set ${keys.join(', ')}
  from ${stage} s
 where ${ROWS} and s.op = N'm'`;
}

/** Numbers of the rows that are neither there nor whole. */
export function lackingSql({ stage }: Written): string {
  return `
select s.n
  from ${stage} s
 where ${ROWS} and s.op in (N'u', N'm') and s.found <> 1 and s.unknown is not null
 order by s.n`;
}

/** The condition by which a row of the stage finds row t of the table. */
function finds(plan: TablePlan, heads: Written['heads'], row = 's'): string {
  const conditions = plan.key.flatMap((column, i) => {
    const staged = `${row}.${keyName(i)}`;
    const value = sought(column, staged, heads);
    const equal = `t.${column.target.sql} = ${value}`;
    if (!plan.keyless) return [equal, ...exactly(plan, column, value)];
    if (!isComparable(column)) return [];
    return [`(${equal} or (t.${column.target.sql} is null and ${staged} is null))`];
  });
  return conditions.join(' and ');
}

/** Beside the equality, by which the server seeks. */
function exactly(plan: TablePlan, { target }: PlanColumn, value: string): string[] {
  const same = plan.exact ? sameText(target, `t.${target.sql}`, value) : null;
  return same === null ? [] : [same];
}

const NARROW: ReadonlySet<string> = new Set(['char', 'varchar']);

/**
 * A key in the column's own kind of text. Beside an nvarchar the server would turn the column into
 * one: it could not seek it, and a SQL collation has other rules there, by which two keys may be one
 * ("Data type precedence"; "Collation and Unicode support"). Long enough to cut nothing.
 */
function sought(column: PlanColumn, staged: string, heads: Written['heads']): string {
  const value = assigned(column, staged, heads);
  return NARROW.has(column.target.type.name) ? `convert(varchar(8000), ${value})` : value;
}

/** Types that the server does not compare; a table without a key is then told by its other columns. */
const INCOMPARABLE: ReadonlySet<string> = new Set([
  'text',
  'ntext',
  'image',
  'xml',
  'geography',
  'geometry',
]);

function isComparable(column: PlanColumn): boolean {
  return !INCOMPARABLE.has(column.target.type.name);
}

function valueOf(column: PlanColumn, heads: Written['heads']): string {
  return assigned(column, `s.${valueName(column)}`, heads);
}

function assigned(column: PlanColumn, staged: string, heads: Written['heads']): string {
  return column.staging.assign(staged, heads.get(column) ?? []);
}
