import { createHash } from 'node:crypto';
import type { MsColumn, MsTable } from './model.js';
import { tableKey } from './table-key.js';
import { declaredText, typeText } from './type-text.js';

/**
 * JSON of all that makes rows of a table mean something else: which table it is, its key and its
 * columns. Not what leaves rows as they are (indexes, comments, checks), nor the date of the last
 * change, which those move as well.
 */
export function fingerprintOf(table: MsTable): string {
  const { id, created } = table.parts;
  return JSON.stringify({
    id,
    created,
    key: tableKey(table),
    columns: table.columns.map(columnPrint),
  });
}

function columnPrint(column: MsColumn): unknown[] {
  const { id, name, type, collation, nullable, identity, computed } = column;
  const declared = declaredText(column);
  const system = typeText(type);
  return [
    id,
    name,
    declared === system ? system : `${declared} ${system}`,
    collation,
    nullable,
    identity !== null,
    computed === null ? null : [hashOf(computed.definition), computed.persisted],
    hashOf(column.default?.definition ?? null),
  ];
}

function hashOf(text: string | null): string | null {
  if (text === null) return null;
  return createHash('sha256').update(text).digest('base64url').slice(0, 16);
}
