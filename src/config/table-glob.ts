import { z } from 'zod';
import type { NamePart, TableName } from './table-name.js';
import { parseTableName, splitName } from './table-name.js';

/** A pattern over tables: `*` is any run of characters, `?` exactly one, never in a quoted part. */
export interface TableGlob {
  readonly text: string;
  /** True when it names one table: no wildcard outside quotes. */
  readonly exact: boolean;
  matches(name: TableName): boolean;
}

/** One matcher for one part; linear in the text however many stars there are (no regular expression). */
function matchWildcards(pattern: readonly string[], text: readonly string[]): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let retry = 0;
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p++;
      retry = t;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++retry;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

function hasWildcard(part: NamePart): boolean {
  return !part.quoted && /[*?]/.test(part.text);
}

function partMatcher(part: NamePart): (text: string) => boolean {
  if (!hasWildcard(part)) return (text) => text === part.text;
  const pattern = [...part.text];
  return (text) => matchWildcards(pattern, [...text]);
}

/** Undefined when the text is not `schema.table`. */
export function parseTableGlob(text: string): TableGlob | undefined {
  const parts = splitName(text);
  if (parts === undefined) return undefined;
  const [schema, table] = [partMatcher(parts[0]), partMatcher(parts[1])];
  return {
    text,
    exact: !parts.some(hasWildcard),
    matches: (name) => schema(name.schema) && table(name.table),
  };
}

/**
 * The names that some include pattern matches and no exclude pattern does, in the order given.
 * Case-sensitive. Names are in the notation of `formatTableName`; what is not a name never matches.
 */
export function matchTables(
  include: readonly string[],
  exclude: readonly string[],
  names: readonly string[],
): string[] {
  const compile = (texts: readonly string[]) =>
    texts.map(parseTableGlob).filter((glob) => glob !== undefined);
  const [wanted, unwanted] = [compile(include), compile(exclude)];
  return names.filter((text) => {
    const name = parseTableName(text);
    if (name === undefined) return false;
    return (
      wanted.some((glob) => glob.matches(name)) && !unwanted.some((glob) => glob.matches(name))
    );
  });
}

const ERROR =
  'is not a table pattern; write schema.table such as public.orders or public.*, a part with a dot or a space in double quotes: public."order lines"';

export const tableGlob = z
  .string({ error: ERROR })
  .refine((text) => parseTableGlob(text) !== undefined, { error: ERROR });
