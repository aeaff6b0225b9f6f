import { z } from 'zod';
import type { Query } from '../sql-session.js';

/** One catalogue query with every row parsed. */
export async function readRows<Schema extends z.ZodType>(
  query: Query,
  sql: string,
  row: Schema,
  values: readonly unknown[] = [],
): Promise<z.infer<Schema>[]> {
  return z.array(row).parse(await query(sql, values));
}

/** A code letter of the catalogue as a word; letters that are not listed are refused. */
export function coded<Word>(words: Readonly<Record<string, Word>>): z.ZodType<Word> {
  return z.string().transform((letter, context) => {
    const word = words[letter];
    if (word !== undefined) return word;
    context.addIssue({ code: 'custom', message: `unknown catalogue code "${letter}"` });
    return z.NEVER;
  });
}

export function groupBy<Row>(rows: readonly Row[], key: (row: Row) => string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(key(row));
    if (group === undefined) groups.set(key(row), [row]);
    else group.push(row);
  }
  return groups;
}
