import { parseCanonical, parseCanonicalFloat } from '../../../core/canonical.js';
import type { VerifyColumn } from './verify-columns.js';

/**
 * Canonical key texts as one array of PostgreSQL input texts per key column. Throws TypeError for
 * a text that is none.
 */
export function keyArrays(key: readonly VerifyColumn[], texts: readonly string[]): string[][] {
  const kinds = key.map((column) => column.kind);
  const arrays = key.map((): string[] => []);
  for (const text of texts) {
    const cells = parseCanonical(kinds, text);
    key.forEach((column, index) => {
      arrays[index]?.push(toInput(column, cells[index] ?? ''));
    });
  }
  return arrays;
}

function toInput(column: VerifyColumn, canonical: string): string {
  if (column.kind === 'float') return floatText(parseCanonicalFloat(canonical));
  if (column.kind === 'binary') return `\\x${canonical}`;
  if (column.builtin === 'timestamptz') return withZone(canonical);
  return canonical;
}

function floatText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** The zone stands before the era. */
function withZone(timestamp: string): string {
  if (timestamp.endsWith('infinity')) return timestamp;
  return timestamp.endsWith(' BC') ? `${timestamp.slice(0, -3)}+00 BC` : `${timestamp}+00`;
}
