import { z } from 'zod';
import { SluiceError } from '../../../core/errors.js';
import type { Param, Query } from '../sql-session.js';
import { param } from '../sql-session.js';
import type { TableName } from '../../../core/names.js';
import { quoteQualified } from '../sql/quote.js';

/**
 * One catalogue query with every row parsed. That each view has the columns that are asked for is
 * shown in test/conformance/sqlserver/catalogue-columns: "a view of the catalogue has the columns".
 *
 * @throws SluiceError UNEXPECTED naming view and column, where a value is of another form
 */
export async function readRows<Schema extends z.ZodType>(
  query: Query,
  sql: string,
  row: Schema,
  params: readonly Param[] = [],
): Promise<z.infer<Schema>[]> {
  const parsed = z.array(row).safeParse(await query(sql, params));
  if (parsed.success) return parsed.data;
  throw otherForm(sql, parsed.error);
}

/** A number, NULL or text where Sluice knows another one; the value itself is not told. */
function otherForm(sql: string, { issues }: z.ZodError): SluiceError {
  const view = /\bFROM\s+([\w.]+)/i.exec(sql)?.[1] ?? 'a view';
  const columns = new Set(issues.flatMap(({ path }) => path.slice(1, 2).map(String)));
  const named = [...columns].join(', ');
  return new SluiceError(
    'UNEXPECTED',
    `The server's catalogue has a value of another form than Sluice knows: ${named} (a query on ${view}).`,
    { remedy: 'Please report it with the version of the server; it is tried again.' },
  );
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
