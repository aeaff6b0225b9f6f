import type { Cell, Change, ChangeOp, Shape } from '../../../../src/core/change.js';
import type { LaneMember } from '../../../../src/engines/contract/lane.js';
import { planTable } from '../../../../src/engines/sqlserver/apply/table-plan.js';
import type { TablePlan } from '../../../../src/engines/sqlserver/apply/table-plan.js';
import type {
  TargetColumn,
  TargetTable,
} from '../../../../src/engines/sqlserver/apply/target-table.js';

export function column(name: string, changes: Partial<TargetColumn> = {}): TargetColumn {
  const type = { name: 'nvarchar', maxLength: -1, precision: 0, scale: 0 };
  const text = { type, collation: 'Latin1_General_BIN2' };
  return { name, sql: `[${name}]`, ...text, identity: false, generated: false, ...changes };
}

export function table(
  columns: readonly TargetColumn[],
  changes: Partial<TargetTable> = {},
): TargetTable {
  return {
    name: { schema: 'dbo', table: 't' },
    sql: '[dbo].[t]',
    referenced: false,
    triggered: false,
    uniques: 1,
    columns,
    keys: [['id']],
    ...changes,
  };
}

export function shape(names: readonly string[], key: readonly string[] = ['id']): Shape {
  const columns = names.map((name) => ({ name, type: 'text(*)', key: key.includes(name) }));
  return { table: { schema: 'dbo', table: 't' }, columns, wire: 'sqlserver' };
}

/** Table t with a key `id`, a value `v` and a large value `big`. */
export function simplePlan(changes: Partial<TargetTable> = {}): TablePlan {
  const names = ['id', 'v', 'big'];
  return planTable(
    shape(names),
    table(
      names.map((name) => column(name)),
      changes,
    ),
  );
}

export function change(
  of: Shape,
  op: ChangeOp,
  row: readonly (string | Cell)[] | null,
  oldKey: readonly (string | Cell)[] | null = null,
): Change {
  const cells = (values: readonly (string | Cell)[] | null) =>
    values?.map((value) => (typeof value === 'string' ? Buffer.from(value) : value)) ?? null;
  const zeros = new Uint8Array(of.columns.length);
  return {
    shape: of,
    op,
    row: cells(row),
    oldKey: cells(oldKey),
    formats: zeros,
    oldKeyFormats: zeros,
    bytes: 1,
  };
}

export function member(tableId: string, changes: Partial<LaneMember> = {}): LaneMember {
  const name = { schema: 'dbo', table: 't' };
  const flags = { applies: true, parks: false, parksFrom: null, fold: true };
  return { tableId, source: name, target: name, ...flags, ...changes };
}
