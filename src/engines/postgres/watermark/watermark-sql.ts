import type { WatermarkRange } from '../../contract/watermark.js';
import { quoteIdent, quoteLiteral, quoteQualified } from '../sql/quote.js';
import { copyOutFormat } from '../full-sync/wire.js';

/** What statements about one watermark column need. */
export interface WatermarkColumn {
  /** Qualified, with ONLY where the table may have inheritance children. */
  readonly relation: string;
  readonly column: string;
  /** Base type without a length, so that a cast to it never cuts. */
  readonly type: string;
  /** instant: compared with the clock; time: knows durations; other: knows nothing but order. */
  readonly kind: 'instant' | 'time' | 'other';
}

/** $1 oid of the relation, $2 the column: the type below its domains. */
export const COLUMN_TYPE = `
with recursive base as (
  select a.atttypid as oid
    from pg_attribute a
   where a.attrelid = $1::oid and a.attname = $2 and a.attnum > 0 and not a.attisdropped
   union all
  select t.typbasetype from base b join pg_type t on t.oid = b.oid where t.typtype = 'd')
select format_type(t.oid, -1) as type, n.nspname as schema, t.typname as name
  from base b
  join pg_type t on t.oid = b.oid and t.typtype <> 'd'
  join pg_namespace n on n.oid = t.typnamespace`;

export function relationSql(schema: string, name: string, partitioned: boolean): string {
  return `${partitioned ? '' : 'only '}${quoteQualified(schema, name)}`;
}

export function rangeCondition(of: WatermarkColumn, range: WatermarkRange): string {
  const column = quoteIdent(of.column);
  const from =
    range.from === null ? '' : `${column} >= ${quoteLiteral(range.from)}::${of.type} and `;
  return `${from}${column} <= ${quoteLiteral(range.to)}::${of.type}`;
}

export function copyRangeSql(
  of: WatermarkColumn,
  select: string,
  range: WatermarkRange,
  wire: string,
): string {
  const rows = `select ${select} from ${of.relation} where ${rangeCondition(of, range)}`;
  return `copy (${rows}) to stdout (format ${copyOutFormat(wire)})`;
}

/** One value, or null where the range has no row. */
export function anyInRangeSql(of: WatermarkColumn, range: WatermarkRange): string {
  return `select exists (select from ${of.relation} where ${rangeCondition(of, range)}) as any`;
}

/** By order and not by max(), which not every type has (uuid before version 18). */
export function highestSql(of: WatermarkColumn): string {
  const column = quoteIdent(of.column);
  return `
select ${column}::text as value
  from ${of.relation}
 where ${column} is not null
 order by ${column} desc
 limit 1`;
}

/** The value of the row number $1 of the range, counted from 0. */
export function pageEndSql(of: WatermarkColumn, range: WatermarkRange): string {
  const column = quoteIdent(of.column);
  return `
select ${column}::text as value
  from ${of.relation}
 where ${rangeCondition(of, range)}
 order by ${column}
offset $1
 limit 1`;
}

/** The lowest value of the range above its beginning. */
export function nextValueSql(of: WatermarkColumn, range: WatermarkRange, from: string): string {
  const column = quoteIdent(of.column);
  return `
select ${column}::text as value
  from ${of.relation}
 where ${column} > ${quoteLiteral(from)}::${of.type}
   and ${column} <= ${quoteLiteral(range.to)}::${of.type}
 order by ${column}
 limit 1`;
}

/** $1 watermark, $2 milliseconds. */
export function minusSql(type: string): string {
  return `
select ($1::text::${type} - $2::double precision * interval '1 millisecond')::${type}::text
         as value`;
}
