import type { TableName } from '../../../core/names.js';
import { sameTable } from '../../../core/names.js';
import type { MsModule } from '../catalog/object-model.js';
import { quoteQualified } from '../sql/quote.js';
import { isBlank, nameOf, tokenize } from './tsql-tokens.js';

export interface Renamed {
  readonly from: TableName;
  readonly to: TableName;
}

const KINDS = new Set(['view', 'procedure', 'proc', 'function']);

/**
 * A module's text as CREATE OR ALTER under the given name: after sp_rename the text still has the
 * old one (test/conformance/sqlserver/rename: "of a view changes its name, not its text"). It keeps
 * what was granted (test/conformance/sqlserver/definitions: "of a view that is there changes it in
 * place"). Tables and views that are elsewhere on the target follow, where they are named with
 * their schema. Null: the text is not to be had, or does not begin as a module does.
 */
export function createOrAlter(
  module: MsModule,
  place: { readonly schema: string; readonly name: string },
  renamed: readonly Renamed[],
): string | null {
  if (module.definition === null) return null;
  const tokens = tokenize(module.definition);
  const head = headerOf(tokens);
  if (head === null) return null;
  const body = rewriteNames(tokens.slice(head.end), renamed);
  const before = tokens.slice(0, head.create).join('');
  const name = quoteQualified(place.schema, place.name);
  return `${before}CREATE OR ALTER ${module.kind.toUpperCase()} ${name}${body.text}`;
}

/** How often the text of a module names one of these with its schema. */
export function countNames(module: MsModule, named: readonly TableName[]): number {
  const renamed = named.map((name) => ({ from: name, to: { ...name, table: `${name.table}_` } }));
  return rewriteNames(tokenize(module.definition ?? ''), renamed).count;
}

/** Where CREATE [OR ALTER] kind name stands: the place of CREATE, and of what follows the name. */
function headerOf(tokens: readonly string[]): { create: number; end: number } | null {
  const words = tokens.flatMap((token, at) => (isBlank(token) ? [] : [{ token, at }]));
  const [first, second] = words;
  const isHead = first?.token.toLowerCase() === 'create';
  const kindAt = second?.token.toLowerCase() === 'or' ? 3 : 1;
  const kind = words[kindAt]?.token.toLowerCase() ?? '';
  if (first === undefined || !isHead || !KINDS.has(kind)) return null;
  let last = kindAt + 1;
  while (words[last + 1]?.token === '.') last += 2;
  const name = words[last];
  return name === undefined ? null : { create: first.at, end: name.at + 1 };
}

interface Rewritten {
  readonly text: string;
  readonly count: number;
}

/** `schema.name`, whatever its case and quotes: most databases ignore the case of names. */
function rewriteNames(tokens: readonly string[], renamed: readonly Renamed[]): Rewritten {
  const moved = renamed.filter(({ from, to }) => !sameTable(from, to));
  const out: string[] = [];
  let count = 0;
  for (let at = 0; at < tokens.length; at += 1) {
    const hit = tokens[at - 1] === '.' ? undefined : renameAt(tokens, at, moved);
    if (hit === undefined) {
      out.push(tokens[at] ?? '');
      continue;
    }
    out.push(quoteQualified(hit.to.schema, hit.to.table));
    count += 1;
    at += 2;
  }
  return { text: out.join(''), count };
}

function renameAt(
  tokens: readonly string[],
  at: number,
  moved: readonly Renamed[],
): Renamed | undefined {
  const [schema, table] = [nameOf(tokens[at]), nameOf(tokens[at + 2])];
  if (schema === null || table === null || tokens[at + 1] !== '.') return undefined;
  return moved.find(({ from }) => sameInCase(from.schema, schema) && sameInCase(from.table, table));
}

function sameInCase(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
