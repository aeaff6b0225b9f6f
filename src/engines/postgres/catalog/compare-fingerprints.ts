import { z } from 'zod';
import { type NumberedColumn, reusedName } from '../../contract/reused-name.js';
import type { FingerprintVerdict } from '../../engine.js';
import { VARIES } from './fingerprint.js';

const columnPrint = z.tuple([
  z.number(),
  z.string(),
  z.string(),
  z.boolean(),
  z.unknown(),
  z.string().nullable(),
  z.string(),
]);
const memberPrint = z.object({
  oid: z.union([z.string(), z.number()]),
  file: z.unknown(),
  persistence: z.unknown(),
  key: z.unknown(),
  bound: z.unknown(),
  identity: z.unknown(),
  columns: z.array(columnPrint),
  types: z.unknown().optional(),
});
const fingerprint = z.array(memberPrint);

type Member = z.infer<typeof memberPrint>;
type Column = z.infer<typeof columnPrint>;

/**
 * What a change of a table's fingerprint asks for, by the policy of "PostgreSQL as a source and a
 * target", section 2: what the stream does not carry needs a copy; columns added without a value
 * for the rows that are there, renamed (by attnum) or dropped are altered in place. Pure.
 *
 * A new file alone is a TRUNCATE, which the stream carries, or a VACUUM FULL, which changes no row;
 * of a partition a TRUNCATE is not carried. A new file together with a column's entry written anew
 * is an ALTER TYPE … USING, also where the type stayed the same (or, rarely, a VACUUM FULL after
 * ADD COLUMN with a default, which the catalogue does not tell from it).
 */
export function compareFingerprints(before: string, after: string): FingerprintVerdict {
  const [old, now] = [parse(before), parse(after)];
  if (old === null || now === null) return resync('what is known of it cannot be read');
  const [oldRoot, newRoot] = [old[0], now[0]];
  if (oldRoot === undefined || newRoot === undefined) return resync('nothing is known of it');
  if (oldRoot.oid !== newRoot.oid) return resync('the source table was re-created');
  return compareMembers(old, now) ?? compareColumns(oldRoot, newRoot);
}

function compareMembers(old: readonly Member[], now: readonly Member[]): FingerprintVerdict | null {
  const known = new Map(old.map((member) => [String(member.oid), member]));
  for (const member of now) {
    const former = known.get(String(member.oid));
    known.delete(String(member.oid));
    if (former === undefined) return resync('a partition was added to the source table');
    if (former.file !== member.file && (now.length > 1 || !same(former.columns, member.columns))) {
      return resync('the source table was rewritten, or a partition truncated');
    }
    if (!same(former.bound, member.bound)) return resync('the bounds of a partition changed');
    if (!same(former.key, member.key)) return resync('the partition key changed');
    if (former.persistence !== member.persistence) return resync('it became logged or unlogged');
  }
  return known.size > 0 ? resync('a partition of the source table is gone') : null;
}

function compareColumns(old: Member, now: Member): FingerprintVerdict {
  const reused = reusedName(old.columns.map(numbered), now.columns.map(numbered));
  if (reused !== null) return resync(`column ${reused} is another one than before`);
  const former = new Map(old.columns.map((column) => [column[0], column]));
  const renamed: { from: string; to: string }[] = [];
  let changed = false;
  for (const column of now.columns) {
    const before = former.get(column[0]);
    former.delete(column[0]);
    if (before === undefined && isFilledOtherwise(column)) {
      return resync(
        `column ${column[1]} was added with a default that gives other values elsewhere`,
      );
    }
    if (before === undefined) changed = true;
    else if (before[2] !== column[2]) return resync(`the type of column ${column[1]} changed`);
    else if (before[1] !== column[1]) renamed.push({ from: before[1], to: column[1] });
    else changed ||= notNullOrDefault(before) !== notNullOrDefault(column);
  }
  const dropped = [...former.values()].map((column) => column[1]);
  if (!changed && renamed.length === 0 && dropped.length === 0) {
    if (!same(old.identity, now.identity)) {
      return { action: 'heal', reason: 'its replica identity changed', renamed, dropped };
    }
    if (!same(old.types, now.types)) {
      return { action: 'heal', reason: 'a type that it needs changed', renamed, dropped };
    }
    return { action: 'none', reason: 'nothing that matters', renamed, dropped };
  }
  return { action: 'heal', reason: 'its columns changed', renamed, dropped };
}

function numbered([number, name]: Column): NumberedColumn {
  return { number, name };
}

/** The rows that were there got a value by the default, which it does not give again: now(). */
function isFilledOtherwise(column: Column): boolean {
  return column[4] === null && column[5]?.startsWith(VARIES) === true;
}

function notNullOrDefault(column: Column): string {
  return `${String(column[3])} ${column[5] ?? ''}`;
}

function resync(reason: string): FingerprintVerdict {
  return { action: 'resync', reason, renamed: [], dropped: [] };
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function parse(text: string): Member[] | null {
  try {
    const parsed = fingerprint.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
