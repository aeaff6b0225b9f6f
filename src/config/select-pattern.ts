import { parseTableGlob } from './table-glob.js';
import type { TableName } from './table-name.js';

/**
 * Whether a name or glob that a person typed means this table: `*` is every table, `schema.table`
 * with wildcards is a glob, and a word without a dot is a table's name in any schema. An unreadable
 * pattern means nothing.
 */
export function selects(pattern: string, name: TableName): boolean {
  if (pattern === '*' || pattern === '') return true;
  const glob = parseTableGlob(pattern) ?? parseTableGlob(`*.${pattern}`);
  return glob?.matches(name) ?? false;
}
