import type { Cell, Shape } from '../../../core/change.js';
import { UNCHANGED } from '../../../core/change.js';
import type { Image } from '../../../core/cell.js';
import { BINARY_FORMAT, TEXT_FORMAT } from '../../../core/cell.js';
import type { Param, ParamType } from '../param.js';
import type { BulkType, MsSession } from '../sql-session.js';
import { cellOf } from '../types/cell-of.js';
import { isRaw } from '../types/neutral-of.js';
import { readSql } from '../types/read-sql.js';
import { PlanCache } from './plan-cache.js';
import type { PlanColumn, TablePlan } from './table-plan.js';

export interface FetchRequest {
  readonly shape: Shape;
  /** Rows with their keys as they are now; each wants the columns numbered in `columns`. */
  readonly rows: readonly Image[];
  readonly columns: readonly number[];
}

/**
 * Values that a change left out, read from the source as it is now: for each row the columns
 * asked for, or null when the source has no row of that key any more.
 */
export type FetchFromSource = (request: FetchRequest) => Promise<readonly (Image | null)[]>;

/** FetchFromSource on a session of a SQL Server source; one statement for each row: they are few. */
export function fetchOn(source: MsSession): FetchFromSource {
  const plans = new PlanCache(source.query);
  return async ({ shape, rows, columns }) => {
    const plan = await plans.load(shape, shape.table);
    const wanted = plan.columns.filter((column) => columns.includes(column.index));
    const found: (Image | null)[] = [];
    for (const row of rows) {
      const [values] = await source.query(selectSql(plan, wanted), keyParams(plan, row));
      found.push(values === undefined ? null : imageOf(plan, wanted, values));
    }
    return found;
  };
}

function selectSql(plan: TablePlan, wanted: readonly PlanColumn[]): string {
  const values = wanted.map(({ index, target }) => {
    return `${readSql(target.type, `t.${target.sql}`)} as c${String(index)}`;
  });
  const on = plan.key.map((column, i) => {
    return `t.${column.target.sql} = ${column.staging.assign(`@f${String(i)}`, [])}`;
  });
  return `
select ${values.join(', ')}
  from ${plan.table.sql} t
 where ${on.join(' and ')}`;
}

const AS_PARAMETER: Readonly<Record<BulkType, ParamType>> = {
  bit: 'bit',
  tinyint: 'int',
  smallint: 'int',
  int: 'int',
  bigint: 'bigint',
  real: 'float',
  float: 'float',
  uniqueidentifier: 'uniqueidentifier',
  nvarchar: 'nvarchar',
  varbinary: 'varbinary',
};

function keyParams(plan: TablePlan, row: Image): Param[] {
  return plan.key.map((column, i) => {
    const cell = row.cells[column.index];
    const value = cell instanceof Buffer ? column.staging.value(cell) : null;
    const type = AS_PARAMETER[column.staging.bulk.type];
    return { name: `f${String(i)}`, type, value: isParamValue(value) ? value : null };
  });
}

function isParamValue(value: unknown): value is Param['value'] {
  return ['string', 'number', 'bigint', 'boolean'].includes(typeof value) || Buffer.isBuffer(value);
}

function imageOf(
  plan: TablePlan,
  wanted: readonly PlanColumn[],
  values: Readonly<Record<string, unknown>>,
): Image {
  const width = plan.shape.columns.length;
  const cells = new Array<Cell>(width).fill(UNCHANGED);
  const formats = new Uint8Array(width).fill(TEXT_FORMAT);
  for (const { index, target } of wanted) {
    cells[index] = cellOf(target.type, target.name, 'sqlserver')(values[`c${String(index)}`]);
    if (isRaw(target.type)) formats[index] = BINARY_FORMAT;
  }
  return { cells, formats };
}
