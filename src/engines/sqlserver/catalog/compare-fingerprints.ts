import { z } from 'zod';
import { type NumberedColumn, reusedName } from '../../contract/reused-name.js';
import type { FingerprintVerdict } from '../../engine.js';

const columnPrint = z.tuple([
  z.number(),
  z.string(),
  z.string(),
  z.string().nullable(),
  z.boolean(),
  z.boolean(),
  z.unknown(),
  z.string().nullable(),
]);
const fingerprint = z.object({
  id: z.number(),
  created: z.string(),
  key: z.array(z.string()).nullable(),
  columns: z.array(columnPrint),
});

type Print = z.infer<typeof fingerprint>;
type Column = z.infer<typeof columnPrint>;

/**
 * What a change of a table's fingerprint asks for. A column keeps its number when it is renamed.
 * No feed carries the values that rows get when a column is added, and the catalogue does not say
 * whether WITH VALUES was given: only a column that starts as NULL, or that every row computes, is
 * added in place. Pure.
 */
export function compareFingerprints(before: string, after: string): FingerprintVerdict {
  const [old, now] = [parse(before), parse(after)];
  if (old === null || now === null) return resync('what is known of it cannot be read');
  if (old.id !== now.id || old.created !== now.created) {
    return resync('the source table was re-created');
  }
  return compareColumns(old, now);
}

function compareColumns(old: Print, now: Print): FingerprintVerdict {
  const reused = reusedName(old.columns.map(numbered), now.columns.map(numbered));
  if (reused !== null) return resync(`column ${reused} is another one than before`);
  const former = new Map(old.columns.map((column) => [column[0], column]));
  const renamed: { from: string; to: string }[] = [];
  let changed = false;
  for (const column of now.columns) {
    const before = former.get(column[0]);
    former.delete(column[0]);
    const reason = before === undefined ? whyNotAdded(column) : whyNotKept(before, column);
    if (reason !== null) return resync(reason);
    if (before === undefined) changed = true;
    else if (before[1] !== column[1]) renamed.push({ from: before[1], to: column[1] });
    else changed ||= !same([before[4], before[7]], [column[4], column[7]]);
  }
  const dropped = [...former.values()].map((column) => column[1]);
  const harmless = !changed && renamed.length === 0 && dropped.length === 0;
  if (!harmless) return { action: 'heal', reason: 'its columns changed', renamed, dropped };
  return same(old.key, now.key)
    ? { action: 'none', reason: 'nothing that matters', renamed, dropped }
    : { action: 'heal', reason: 'its key changed', renamed, dropped };
}

function numbered([number, name]: Column): NumberedColumn {
  return { number, name };
}

function whyNotAdded(column: Column): string | null {
  const [, name, type, , nullable, identity, computed, value] = column;
  if (computed !== null) return null;
  const startsAsNull = nullable && value === null && !identity && type !== 'rowversion';
  if (startsAsNull) return null;
  return `column ${name} was added, whose values in the rows that were there no feed carries`;
}

function whyNotKept(before: Column, now: Column): string | null {
  if (before[2] !== now[2]) return `the type of column ${now[1]} changed`;
  if (before[3] !== now[3]) return `the collation of column ${now[1]} changed`;
  if (before[5] !== now[5]) return `column ${now[1]} began or ceased to be an identity`;
  // A computed column is made anew by dropping it, which gives it another number.
  return same(before[6], now[6]) ? null : `the expression of column ${now[1]} changed`;
}

function resync(reason: string): FingerprintVerdict {
  return { action: 'resync', reason, renamed: [], dropped: [] };
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function parse(text: string): Print | null {
  try {
    const parsed = fingerprint.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
