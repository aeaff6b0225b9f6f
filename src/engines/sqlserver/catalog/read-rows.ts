import { z } from 'zod';
import type { Param, Query } from '../sql-session.js';
import { param } from '../sql-session.js';
import type { TableName } from '../../../core/names.js';
import { quoteQualified } from '../sql/quote.js';

/**
 * One catalogue query with every row parsed. That each view has the columns that are asked for is
 * shown in test/conformance/sqlserver/catalogue-columns: "a view of the catalogue has the columns".
 */
export async function readRows<Schema extends z.ZodType>(
  query: Query,
  sql: string,
  row: Schema,
  params: readonly Param[] = [],
): Promise<z.infer<Schema>[]> {
  return z.array(row).parse(await query(sql, params));
}

/** A bit, or the 0, 1 or NULL of a function; NULL is false. */
export const flag = z
  .union([z.boolean(), z.number()])
  .nullable()
  .transform((value) => value === true || value === 1);

/** A number of the catalogue as a word; numbers that are not listed are `other`. */
export function coded<Word>(
  words: Readonly<Record<number, Word>>,
  other: Word,
): z.ZodType<Word, number> {
  return z.number().transform((code) => words[code] ?? other);
}

export function groupBy<Row, Key>(rows: readonly Row[], key: (row: Row) => Key): Map<Key, Row[]> {
  const groups = new Map<Key, Row[]>();
  for (const row of rows) {
    const group = groups.get(key(row));
    if (group === undefined) groups.set(key(row), [row]);
    else group.push(row);
  }
  return groups;
}

/** The @ids of a query that is about these tables; null for all. */
export function idsParam(ids: readonly number[] | null): Param {
  return param.nvarchar('ids', ids === null ? null : `,${ids.map(String).join(',')},`);
}

/** The @names of a query that is about these tables; null for all. */
export function namesParam(names: readonly TableName[] | null): Param {
  const quoted = names?.map(({ schema, table }) => quoteQualified(schema, table));
  return param.nvarchar('names', quoted === undefined ? null : `/${quoted.join('/')}/`);
}
