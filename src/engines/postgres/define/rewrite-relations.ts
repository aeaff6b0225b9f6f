import type { TableName } from '../../../core/names.js';
import { sameTable } from '../../../core/names.js';
import { quoteIdent, quoteQualified } from '../sql/quote.js';

export interface Renamed {
  readonly from: TableName;
  readonly to: TableName;
}

/** Strings, quoted names, dollar quotes and comments each as one token, so nothing inside counts. */
const TOKEN =
  /\s+|--[^\n]*|\/\*[\s\S]*?\*\/|[eE]'(?:[^'\\]|''|\\[\s\S])*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$[\s\S]*?\$\1\$|[\p{L}_][\p{L}\p{N}_$]*|::|[\s\S]/gu;

/** After these a name is a row type, which takes no alias. */
const BEFORE_TYPE = new Set(['::', 'setof', 'returns']);
const BEFORE_RELATION = new Set(['from', 'join', 'only', ',', '(', ...BEFORE_TYPE]);
const NOT_AN_ALIAS = new Set(
  (
    'on using join left right full inner cross natural where group order having window limit ' +
    'offset fetch union intersect except for tablesample'
  ).split(' '),
);

/**
 * The text of a query as the server prints it under `search_path = pg_catalog`, with tables at
 * their new names. A table that is called otherwise keeps its old name as an alias, because the
 * columns are written with it. A name that is no relation is left as it is.
 */
export function rewriteRelations(sql: string, renamed: readonly Renamed[]): string {
  const moved = renamed.filter(({ from, to }) => !sameTable(from, to));
  if (moved.length === 0) return sql;
  const tokens = sql.match(TOKEN) ?? [];
  const out: string[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const name = qualifiedAt(tokens, at);
    const hit = moved.find(({ from }) => name !== null && sameTable(from, name));
    const previous = lastWord(out);
    const next = nextWord(tokens, at + 3);
    if (hit === undefined || !BEFORE_RELATION.has(previous) || next === '(' || next === '.') {
      out.push(tokens[at] ?? '');
      continue;
    }
    out.push(quoteQualified(hit.to.schema, hit.to.table));
    const needsAlias =
      hit.from.table !== hit.to.table && !BEFORE_TYPE.has(previous) && !isAlias(next);
    if (needsAlias) out.push(` ${quoteIdent(hit.from.table)}`);
    at += 2;
  }
  return out.join('');
}

function qualifiedAt(tokens: readonly string[], at: number): TableName | null {
  const schema = nameOf(tokens[at]);
  const table = nameOf(tokens[at + 2]);
  return schema === null || table === null || tokens[at + 1] !== '.' ? null : { schema, table };
}

function nameOf(token: string | undefined): string | null {
  if (token === undefined) return null;
  if (token.startsWith('"')) return token.slice(1, -1).replaceAll('""', '"');
  return /^[\p{L}_]/u.test(token) && !token.includes("'") ? token : null;
}

function isAlias(word: string): boolean {
  return word === 'as' || (nameOf(word) !== null && !NOT_AN_ALIAS.has(word));
}

function lastWord(tokens: readonly string[]): string {
  return (tokens.findLast((token) => token.trim() !== '') ?? '').toLowerCase();
}

function nextWord(tokens: readonly string[], from: number): string {
  for (let at = from; at < tokens.length; at += 1) {
    const token = tokens[at] ?? '';
    if (token.trim() !== '') return token.startsWith('"') ? token : token.toLowerCase();
  }
  return '';
}
