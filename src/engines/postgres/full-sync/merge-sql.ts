import { quoteIdent, quoteQualified } from '../sql/quote.js';
import { stageSchema } from './stage-record.js';
import type { TargetTable } from '../apply/target-table.js';

export interface MergeSql {
  readonly createDiff: string;
  readonly analyzeDiff: string;
  /** $1: numbers of partitions that lose no row. */
  readonly spare: string;
  readonly countDiff: string;
  readonly remove: string;
  /** Null where no column may be set. */
  readonly update: string | null;
  /** Whether a changed row is to get another value in a column that may not be set; null: none is. */
  readonly fixedDiffer: string | null;
  readonly insert: string;
  /** For changed rows that cannot be updated in place: they go and come back with `insert`. */
  readonly replace: string;
  readonly dropDiff: string;
}

/** No table of a source has a name with a blank in front. */
const DIFF = ' diff';

/**
 * The statements that make the live table equal to the stage and write only what differs. Rows are
 * compared by their stored image (`*<>`): 1.0 and 1.00 differ, and so do two spellings that a
 * case-blind type calls equal. Keys are matched by the operator of their index.
 */
export function mergeSql(
  live: TargetTable,
  stageId: string,
  columns: readonly string[],
  key: readonly string[] | null,
): MergeSql {
  const diff = quoteQualified(stageSchema(stageId), DIFF);
  const staged = quoteQualified(stageSchema(stageId), live.name.table);
  return {
    createDiff:
      key === null
        ? allOfStage({ diff, staged })
        : createDiffSql(live, { diff, staged }, columns, key),
    analyzeDiff: `analyze ${diff}`,
    spare: `delete from ${diff} where staged_row is null and live_table = any ($1::oid[])`,
    countDiff: `
select count(*) filter (where staged_row is null) as deleted,
       count(*) filter (where live_row is null) as inserted,
       count(*) filter (where live_row is not null and staged_row is not null) as updated
  from ${diff}`,
    remove: `
delete from ${live.own} l
 using ${diff} d
 where d.staged_row is null and ${LIVE_ROW}`,
    update: updateSql(live, { diff, staged }, columns),
    fixedDiffer: fixedDifferSql(live, { diff, staged }, columns),
    insert: insertSql(live, { diff, staged }, columns),
    replace: replaceSql(live, diff),
    dropDiff: `drop table ${diff}`,
  };
}

const LIVE_ROW = 'l.tableoid = d.live_table and l.ctid = d.live_row';
const STAGED_ROW = 's.tableoid = d.staged_table and s.ctid = d.staged_row';

interface Places {
  readonly diff: string;
  readonly staged: string;
}

/** Without a key no row of the stage is known to be there already. */
function allOfStage({ diff, staged }: Places): string {
  return `
create unlogged table ${diff} as
select null::oid as live_table, null::tid as live_row,
       s.tableoid as staged_table, s.ctid as staged_row
  from ${staged} s`;
}

function createDiffSql(
  live: TargetTable,
  { diff, staged }: Places,
  columns: readonly string[],
  key: readonly string[],
): string {
  const equals = new Map(live.columns.map((column) => [column.name, column.equals]));
  const onKey = key.map((name) => {
    const column = quoteIdent(name);
    return `l.${column} ${equals.get(name) ?? '='} s.${column}`;
  });
  // Without the cast the server would compare the two lists column by column.
  const image = (alias: string) =>
    `row(${columns.map((name) => `${alias}.${quoteIdent(name)}`).join(', ')})::record`;
  return `
create unlogged table ${diff} as
select l.tableoid as live_table, l.ctid as live_row,
       s.tableoid as staged_table, s.ctid as staged_row
  from ${live.own} l
  full join ${staged} s on ${onKey.join(' and ')}
 where l.ctid is null or s.ctid is null or ${image('l')} *<> ${image('s')}`;
}

function updateSql(
  live: TargetTable,
  { diff, staged }: Places,
  columns: readonly string[],
): string | null {
  const always = new Set(live.columns.filter((column) => column.always).map(({ name }) => name));
  const set = columns.filter((name) => !always.has(name)).map(quoteIdent);
  if (set.length === 0) return null;
  return `
update ${live.own} l
   set ${set.map((name) => `${name} = s.${name}`).join(', ')}
  from ${diff} d
  join ${staged} s on ${STAGED_ROW}
 where d.live_row is not null and ${LIVE_ROW}`;
}

function fixedDifferSql(
  live: TargetTable,
  { diff, staged }: Places,
  columns: readonly string[],
): string | null {
  const fixed = live.columns
    .filter(({ name, always }) => always && columns.includes(name))
    .map(({ sql }) => `l.${sql} is distinct from s.${sql}`);
  if (fixed.length === 0) return null;
  return `
select exists (
  select from ${diff} d
    join ${staged} s on ${STAGED_ROW}
    join ${live.own} l on ${LIVE_ROW}
   where ${fixed.join(' or ')}) as differ`;
}

function insertSql(
  live: TargetTable,
  { diff, staged }: Places,
  columns: readonly string[],
): string {
  const names = columns.map(quoteIdent);
  return `
insert into ${live.sql} (${names.join(', ')})
overriding system value
select ${names.map((name) => `s.${name}`).join(', ')}
  from ${diff} d
  join ${staged} s on ${STAGED_ROW}
 where d.live_row is null`;
}

function replaceSql(live: TargetTable, diff: string): string {
  return `
with gone as (
  delete from ${live.own} l
   using ${diff} d
   where d.staged_row is not null and ${LIVE_ROW}
  returning d.staged_table, d.staged_row)
update ${diff} d
   set live_table = null, live_row = null
  from gone
 where d.staged_table = gone.staged_table and d.staged_row = gone.staged_row`;
}
