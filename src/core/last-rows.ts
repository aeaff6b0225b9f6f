/**
 * Compares the last rows by a key that each side sorts in an order of its own: texts have
 * collations, and a UUID sorts differently from server to server. Each side takes its last rows by
 * its own index; what only one of them has among those is looked up on the other by its key. So a
 * row is found different only where it is, and no order of the keys has to agree.
 */
import type { NeutralColumn } from './neutral-table.js';
import type { NeutralType } from './neutral-type.js';
import { diffRows, sameDigest } from './verification.js';
import type {
  BisectionLimits,
  Comparison,
  Difference,
  SideRow,
  VerificationSide,
} from './verification.js';

export interface LastRowsSide extends VerificationSide {
  /** Single rows, wherever in the table they are. */
  rowsByKey(keys: readonly string[]): Promise<readonly SideRow[]>;
}

/** Rows of both sides that are held at once; beyond, the keys' hash space is taken in parts. */
const MOST_ROWS = 100_000;
const RADIX = 16;

export async function compareLastRows(
  source: LastRowsSide,
  target: LastRowsSide,
  { maxDifferences }: BisectionLimits,
): Promise<Comparison> {
  const [left, right] = await Promise.all([source.digest(), target.digest()]);
  const counts = { sourceRows: left.rows, targetRows: right.rows };
  if (sameDigest(left, right)) return { ...counts, differences: [], more: false };
  const differences: Difference[] = [];
  for (const part of partsFor(left.rows + right.rows)) {
    differences.push(...(await comparePart(source, target, part)));
    if (differences.length > maxDifferences) break;
  }
  const more = differences.length > maxDifferences;
  return { ...counts, differences: differences.slice(0, maxDifferences), more };
}

async function comparePart(
  source: LastRowsSide,
  target: LastRowsSide,
  part: string,
): Promise<Difference[]> {
  const [left, right] = await Promise.all([source.rowsOfParts([part]), target.rowsOfParts([part])]);
  const [sought, wanted] = [keysBeyond(left, right), keysBeyond(right, left)];
  const [atTarget, atSource] = await Promise.all([
    target.rowsByKey(sought),
    source.rowsByKey(wanted),
  ]);
  return diffRows(withMore(left, atSource), withMore(right, atTarget));
}

function keysBeyond(rows: readonly SideRow[], others: readonly SideRow[]): string[] {
  const known = new Set(others.map((row) => row.key));
  return rows.filter((row) => !known.has(row.key)).map((row) => row.key);
}

/** A server may take another way of writing a key for the same; such a row may be there already. */
function withMore(rows: readonly SideRow[], found: readonly SideRow[]): SideRow[] {
  const known = new Set(rows.map((row) => row.key));
  return [...rows, ...found.filter((row) => !known.has(row.key))];
}

function partsFor(rows: number): string[] {
  const digits = Math.max(0, Math.ceil(Math.log(rows / MOST_ROWS) / Math.log(RADIX)));
  if (digits === 0) return [''];
  const parts = Array.from({ length: RADIX ** digits }, (_, part) => part.toString(RADIX));
  return parts.map((part) => part.padStart(digits, '0'));
}

/** Whether every engine and every server sorts these keys alike. */
export function sortAlike(columns: readonly NeutralColumn[], key: readonly string[]): boolean {
  return key.every((name) => {
    const column = columns.find((one) => one.name === name);
    return column?.type != null && typeSortsAlike(column.type);
  });
}

function typeSortsAlike(type: NeutralType): boolean {
  switch (type.kind) {
    case 'boolean':
    case 'integer':
    case 'date':
    case 'time':
      return true;
    // What has no limit, or keeps an offset, may be text on the other side.
    case 'decimal':
      return type.precision !== null;
    case 'timestamp':
      return type.zone !== 'offset';
    default:
      return false;
  }
}
