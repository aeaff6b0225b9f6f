import { parseCanonical, parseCanonicalFloat } from '../../../core/canonical.js';
import { doubleText } from '../types/cell-of.js';
import { keyTable, type KeyTable } from '../types/key-table.js';
import type { VerifyColumn } from './verify-columns.js';

/**
 * Canonical key texts as a derived table.
 *
 * @throws TypeError for a text that is no canonical text of such a key
 */
export function canonicalKeys(key: readonly VerifyColumn[], texts: readonly string[]): KeyTable {
  const kinds = key.map((column) => column.kind);
  const rows = texts.map((text) => {
    const cells = parseCanonical(kinds, text);
    return key.map((column, n) => toKeyText(column, cells[n] ?? null));
  });
  return keyTable(key, rows);
}

/** The text that a key is read from: a float as digits, an instant with its zone. */
function toKeyText(column: VerifyColumn, canonical: string | null): string | null {
  if (canonical === null) return null;
  if (column.kind === 'float') return doubleText(parseCanonicalFloat(canonical));
  if (column.type.name === 'datetimeoffset') return `${canonical} +00:00`;
  return canonical;
}
