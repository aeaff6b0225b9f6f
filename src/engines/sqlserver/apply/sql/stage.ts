import type { BulkColumn } from '../../sql-session.js';
import { readSql } from '../../types/read-sql.js';
import { HEAD_END } from '../../types/variant-sql.js';
import type { PlanColumn, TablePlan } from '../table-plan.js';

/**
 * Where the changes of one plan wait in tempdb: `seg` and `n` say which run and row, `op` what is
 * to happen (d delete, e delete if it is there, u update, i insert, m update that moves the key),
 * `found` whether the target has the row (1), had it (2) or had one at its old key (3), `unknown` has
 * a 1 for each column whose value the row does not bring (null: it brings all). f0… find the row, c<index> are its values.
 */
export function createStageSql(stage: string, plan: TablePlan): string {
  const columns = [
    ...plan.key.map((column, i) => `${keyName(i)} ${column.staging.ddl} null`),
    ...plan.columns.map((column) => `${valueName(column)} ${column.staging.ddl} null`),
  ];
  return `
create table ${stage} (
  seg int not null, n int not null, op nvarchar(1) not null, found int not null,
  unknown nvarchar(1024) null,
  ${columns.join(',\n  ')},
  primary key (seg, n))`;
}

const BOOKKEEPING: readonly BulkColumn[] = [
  { name: 'seg', type: 'int', nullable: false },
  { name: 'n', type: 'int', nullable: false },
  { name: 'op', type: 'nvarchar', length: 1, nullable: false },
  { name: 'found', type: 'int', nullable: false },
  { name: 'unknown', type: 'nvarchar', length: 1024, nullable: true },
];

/** The columns of the table above as a bulk load names them. */
export function stageColumns(plan: TablePlan): readonly BulkColumn[] {
  return [
    ...BOOKKEEPING,
    ...plan.key.map((column, i) => bulkColumn(keyName(i), column)),
    ...plan.columns.map((column) => bulkColumn(valueName(column), column)),
  ];
}

function bulkColumn(name: string, column: PlanColumn): BulkColumn {
  return { name, ...column.staging.bulk, nullable: true };
}

export function keyName(position: number): string {
  return `f${String(position)}`;
}

export function valueName(column: PlanColumn): string {
  return `c${String(column.index)}`;
}

export function isUnknown(column: PlanColumn): string {
  return `substring(s.unknown, ${String(column.index + 1)}, 1) = N'1'`;
}

const MOMENTS: ReadonlySet<string> = new Set([
  'date',
  'time',
  'datetime',
  'smalldatetime',
  'datetime2',
]);

/** A value of the target as its staging column holds it. */
export function restaged(column: PlanColumn): string {
  const { type, sql } = column.target;
  if (MOMENTS.has(type.name)) return `convert(nvarchar(50), t.${sql}, 121)`;
  return readSql(type, `t.${sql}`);
}

/** What comes before the value in a staged sql_variant; empty for a text that is none. */
export function headOf(staged: string): string {
  return staged.slice(0, Math.max(0, staged.indexOf(HEAD_END)));
}
