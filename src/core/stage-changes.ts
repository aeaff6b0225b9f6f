/**
 * Changes for a table that is being copied, in parts. The copy may have read a row at any moment, so
 * what a stage holds at a key may be newer than a change. Whole rows and deletes are right whatever
 * is there; a row that leaves values out gets them from what is there, and so needs care.
 */
import type { Change } from './change.js';
import { fillFrom, isWhole, keyText, oldImage, rowImage, type Image } from './cell.js';
import { UnknownKey } from './unknown-key.js';

/** Where in the feed its transaction ended; positions sort as text. */
export interface PlacedChange {
  readonly change: Change;
  readonly position: string;
}

/** A row that comes to another key without all of its values. */
export interface PartialMove {
  readonly from: Image;
  readonly row: Image;
  readonly position: string;
}

export type StagePart =
  /** Each concerns the rows of single keys, on their own: see foldByKey. */
  | { readonly kind: 'keyed'; readonly changes: readonly PlacedChange[] }
  /** No key occurs twice. */
  | { readonly kind: 'moves'; readonly moves: readonly PartialMove[] };

/** `key` holds the columns that identify a row; `together`: how many moves may be one part. */
export function* stageParts(
  changes: readonly PlacedChange[],
  key: readonly number[],
  together: number,
): Generator<StagePart> {
  let keyed: PlacedChange[] = [];
  let moves: PartialMove[] = [];
  let taken = new Set<string>();
  for (const placed of changes) {
    const move = partialMove(placed, key);
    const ends =
      move !== null &&
      (keys(move, key).some((text) => taken.has(text)) || moves.length >= together);
    if (moves.length > 0 && (move === null || ends)) {
      yield { kind: 'moves', moves };
      moves = [];
      taken = new Set();
    }
    if (move === null) {
      keyed.push(placed);
      continue;
    }
    if (keyed.length > 0) yield { kind: 'keyed', changes: keyed };
    keyed = [];
    moves.push(move);
    for (const text of keys(move, key)) taken.add(text);
  }
  if (keyed.length > 0) yield { kind: 'keyed', changes: keyed };
  if (moves.length > 0) yield { kind: 'moves', moves };
}

function partialMove(
  { change, position }: PlacedChange,
  key: readonly number[],
): PartialMove | null {
  const from = oldImage(change);
  const row = rowImage(change, key);
  if (change.op !== 'u' || from === null || row === null || isWhole(row)) return null;
  return textOf(from, key) === textOf(row, key) ? null : { from, row, position };
}

function keys({ from, row }: PartialMove, key: readonly number[]): string[] {
  return [textOf(from, key), textOf(row, key)];
}

export interface KeyedChanges {
  readonly deletes: readonly Image[];
  /** Whole rows, whether there is one of that key or not. */
  readonly puts: readonly Image[];
  /** Rows that keep what they leave out. */
  readonly updates: readonly Image[];
}

/**
 * What a keyed part comes to, to be applied in the order of the members: at most one change of each
 * key.
 *
 * @throws UnknownKey when a change does not say which row it means
 */
export function foldByKey(changes: readonly PlacedChange[], key: readonly number[]): KeyedChanges {
  const rows = new Map<string, { readonly at: Image; row: Image | null }>();
  for (const { change } of changes) {
    const row = rowImage(change, key);
    const old = oldImage(change);
    const to = row === null ? null : textOf(row, key);
    if (row === null && old === null) throw new UnknownKey('A delete came without its key.');
    if (old !== null) {
      const from = textOf(old, key);
      if (from !== to) rows.set(from, { at: old, row: null });
    }
    if (row === null || to === null) continue;
    const before = change.op === 'u' ? (rows.get(to)?.row ?? null) : null;
    rows.set(to, { at: row, row: before === null ? row : fillFrom(row, before) });
  }
  const left = [...rows.values()];
  const present = left.flatMap(({ row }) => (row === null ? [] : [row]));
  return {
    deletes: left.flatMap(({ at, row }) => (row === null ? [at] : [])),
    puts: present.filter(isWhole),
    updates: present.filter((row) => !isWhole(row)),
  };
}

function textOf(image: Image, key: readonly number[]): string {
  const text = keyText(image, key);
  if (text === null) throw new UnknownKey('A change came without a value of its key.');
  return text;
}
