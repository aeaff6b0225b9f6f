import { createHash } from 'node:crypto';
import type { TableName } from '../core/names.js';

const MAX_LENGTH = 80;

/**
 * A table's name as part of a workflow id: lower case, safe characters, at most 91 characters.
 * Names that folding or cutting would merge are told apart by ten hex digits of the exact name.
 */
export function tableSlug(name: TableName): string {
  const exact = `${name.schema}.${name.table}`;
  const safe = exact.toLowerCase().replaceAll(/[^a-z0-9._-]/g, '-');
  const ambiguous = name.schema.includes('.') || name.table.includes('.');
  if (safe === exact && !ambiguous && safe.length <= MAX_LENGTH) return safe;
  const hash = createHash('sha256')
    .update(JSON.stringify([name.schema, name.table]))
    .digest('hex');
  return `${safe.slice(0, MAX_LENGTH)}~${hash.slice(0, 10)}`;
}
