import type { Param } from '../../param.js';
import { param } from '../../param.js';
import { quoteIdent } from '../../sql/quote.js';
import { keySql } from '../../types/key-sql.js';
import type { TypedColumn } from '../../types/staging.js';
import type { Border, Bounds } from '../range.js';
import { isOfNulls } from '../range.js';

export interface Condition {
  /** Empty for every row. */
  readonly sql: string;
  readonly params: readonly Param[];
}

/**
 * The rows of a range. A composite border begins with the first column alone, so that the server
 * seeks it: `a >= @a AND (a > @a OR (a = @a AND b >= @b))`.
 *
 * @param columnOf the column of that name, or an error when it is gone
 */
export function rangeCondition(columnOf: (name: string) => TypedColumn, bounds: Bounds): Condition {
  const { from, to } = bounds;
  if (from !== null && isOfNulls(bounds)) {
    const sql = from.map(([name]) => `${quoteIdent(name)} IS NULL`).join(' AND ');
    return { sql, params: [] };
  }
  const parts = [bound(columnOf, from, 'f', '>'), bound(columnOf, to, 't', '<')];
  const given = parts.filter((part) => part !== null);
  return {
    sql: given.map(({ sql }) => sql).join('\n   AND '),
    params: given.flatMap(({ params }) => params),
  };
}

function bound(
  columnOf: (name: string) => TypedColumn,
  border: Border | null,
  prefix: string,
  side: '>' | '<',
): Condition | null {
  if (border === null) return null;
  const params = border.map(([, text], at) => param.nvarchar(`${prefix}${at}`, text));
  const values = border.map(([name], at) => ({
    column: quoteIdent(name),
    value: keySql(columnOf(name), `@${prefix}${at}`),
  }));
  const [first] = values;
  if (first === undefined) return null;
  // From is part of the range, to is not.
  const last = side === '>' ? '>=' : '<';
  const exact = compare(values, side, last);
  const seek = values.length > 1 ? `${first.column} ${side}= ${first.value} AND ` : '';
  return { sql: `${seek}${exact}`, params };
}

interface Place {
  readonly column: string;
  readonly value: string;
}

function compare(places: readonly Place[], side: '>' | '<', last: '>=' | '<'): string {
  const [first, ...rest] = places;
  if (first === undefined) return '';
  if (rest.length === 0) return `${first.column} ${last} ${first.value}`;
  const deeper = compare(rest, side, last);
  return `(${first.column} ${side} ${first.value} OR (${first.column} = ${first.value} AND ${deeper}))`;
}
