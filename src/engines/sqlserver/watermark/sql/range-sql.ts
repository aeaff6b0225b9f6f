import type { WatermarkRange } from '../../../contract/watermark.js';
import type { Condition } from '../../full-sync/sql/range-sql.js';
import { param } from '../../param.js';
import { plainWatermark, type WatermarkColumn } from '../watermark-column.js';

/** Both ends are part of the range. */
export function rangeCondition(of: WatermarkColumn, range: WatermarkRange): Condition {
  const to = `${of.name} <= ${of.value('@to')}`;
  const params = [param.nvarchar('to', plainWatermark(range.to))];
  if (range.from === null) return { sql: to, params };
  const from = `${of.name} >= ${of.value('@from')}`;
  return {
    sql: `${from} AND ${to}`,
    params: [...params, param.nvarchar('from', plainWatermark(range.from))],
  };
}

export function anyInRangeSql(of: WatermarkColumn, condition: string): string {
  return `
SELECT CASE WHEN EXISTS (SELECT 1 FROM ${of.relation} WHERE ${condition}) THEN 1 ELSE 0 END AS found`;
}

export function highestSql(of: WatermarkColumn): string {
  return `
SELECT TOP (1) ${of.read(of.name)} AS value
  FROM ${of.relation}
 WHERE ${of.name} IS NOT NULL
 ORDER BY ${of.name} DESC`;
}

/** The value of the row number @n of the range, counted from 0. */
export function pageEndSql(of: WatermarkColumn, condition: string): string {
  return `
SELECT ${of.read(of.name)} AS value
  FROM ${of.relation}
 WHERE ${condition}
 ORDER BY ${of.name}
OFFSET @n ROWS FETCH NEXT 1 ROWS ONLY`;
}

/** The lowest value above @from and up to @to. */
export function nextValueSql(of: WatermarkColumn): string {
  return `
SELECT TOP (1) ${of.read(of.name)} AS value
  FROM ${of.relation}
 WHERE ${of.name} > ${of.value('@from')} AND ${of.name} <= ${of.value('@to')}
 ORDER BY ${of.name}`;
}

/**
 * @w minus @days, or @seconds and @ms
 * (test/conformance/sqlserver/times: "keeps the type and the digits of what it is given").
 */
export function minusTimeSql(of: WatermarkColumn): string {
  const value = of.value('@w');
  const earlier =
    of.column.type.name === 'date'
      ? `DATEADD(day, -@days, ${value})`
      : `DATEADD(second, -@seconds, DATEADD(millisecond, -@ms, ${value}))`;
  return `
SELECT ${of.read(earlier)} AS value`;
}
