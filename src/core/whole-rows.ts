/**
 * Changes that bring whole old rows (PostgreSQL: REPLICA IDENTITY FULL). Their key may be one that
 * has to be unique at the end of a transaction only: until then two rows may share it, and then a
 * key does not say which of them a change means. How often each row came and went does.
 */
import type { Image } from './cell.js';
import { fillFrom, isWhole, keyText, oldImage, rowImage } from './cell.js';
import type { Change, Shape } from './change.js';
import { UnknownKey } from './unknown-key.js';

/** So much of one transaction is held in memory while a table catches up. */
export const HELD_ROWS = 20_000;
export const HELD_BYTES = 32 * 1024 * 1024;

/** What changes of whole transactions come to at one key. */
export type AtKey =
  /** `was`: the row that was there before; null: none. */
  | { readonly kind: 'put'; readonly row: Image; readonly was: Image | null }
  | { readonly kind: 'gone'; readonly row: Image }
  /** As it was before. `known`: there was this row; null: rows came and went, one may have stayed. */
  | { readonly kind: 'same'; readonly row: Image; readonly known: boolean };

interface Entry {
  readonly image: Image;
  count: number;
}

interface Key {
  readonly first: Image;
  readonly firstLeft: boolean;
  readonly rows: Map<string, Entry>;
}

/** Every column is part of what a change says of its old row. */
export function hasWholeKey(shape: Shape): boolean {
  return shape.columns.every(({ key }) => key);
}

/**
 * Rows that a plan finds by a key of the target may share it on the source until a transaction ends:
 * each change says all of its row.
 */
export function isToldByRows(plan: {
  readonly shape: Shape;
  readonly key: readonly unknown[];
  readonly keyless: boolean;
}): boolean {
  const { shape, key, keyless } = plan;
  return !keyless && key.length < shape.columns.length && hasWholeKey(shape);
}

/** Each change says its old row and the new one in full, but for what the new one left as it was. */
export function bringWholeRows(changes: readonly Change[]): boolean {
  const shape = changes[0]?.shape;
  if (shape === undefined || !hasWholeKey(shape)) return false;
  return changes.every((change) => {
    const old = oldImage(change);
    return old === null ? change.op !== 'd' : isWhole(old);
  });
}

/**
 * `key` holds the columns that identify a row between transactions. No two results have one key.
 *
 * @throws UnknownKey when a key would have two rows in the end, or a row is not whole
 */
export function netRows(changes: readonly Change[], key: readonly number[]): AtKey[] {
  const keys = new Map<string, Key>();
  const all = changes[0]?.shape.columns.map((_, index) => index) ?? [];
  const note = (image: Image, by: 1 | -1): void => {
    const at = textOf(image, key);
    const row = textOf(image, all);
    const found = keys.get(at) ?? newKey(image, by < 0);
    keys.set(at, found);
    const entry = found.rows.get(row) ?? { image, count: 0 };
    found.rows.set(row, entry);
    entry.count += by;
  };
  for (const change of changes) {
    const given = rowImage(change, all);
    const old = change.op === 'u' ? (oldImage(change) ?? given) : oldImage(change);
    const row = given === null || old === null ? given : fillFrom(given, old);
    if (old !== null) note(old, -1);
    if (row !== null) note(row, 1);
  }
  return [...keys.values()].map(resultOf);
}

/** A row for each key that the changes name. @throws UnknownKey */
export function touchedRows(changes: readonly Change[], key: readonly number[]): Image[] {
  const rows = new Map<string, Image>();
  for (const change of changes) {
    for (const image of [oldImage(change), rowImage(change, key)]) {
      if (image !== null) rows.set(textOf(image, key), image);
    }
  }
  return [...rows.values()];
}

function newKey(first: Image, firstLeft: boolean): Key {
  return { first, firstLeft, rows: new Map() };
}

function resultOf({ first, firstLeft, rows }: Key): AtKey {
  const entries = [...rows.values()];
  const came = entries.filter(({ count }) => count > 0);
  const [left] = entries.filter(({ count }) => count < 0);
  const [row] = came;
  if (came.length > 1 || (row?.count ?? 1) > 1) throw new UnknownKey('A key has two rows.');
  if (row !== undefined) return { kind: 'put', row: row.image, was: left?.image ?? null };
  if (left !== undefined) return { kind: 'gone', row: left.image };
  return { kind: 'same', row: first, known: firstLeft };
}

function textOf(image: Image, columns: readonly number[]): string {
  const text = keyText(image, columns);
  if (text === null) throw new UnknownKey('A change came without a value of its row.');
  return text;
}
