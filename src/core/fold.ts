import type { Change } from './change.js';
import type { Image } from './cell.js';
import { fillFrom, isWhole, keyText, oldImage, rowImage } from './cell.js';
import { UnknownKey } from './unknown-key.js';
import { bringWholeRows, netRows } from './whole-rows.js';

/**
 * What a run of changes comes to. Apply in this order: `deletes`, `moves` (all their deletes
 * before the first insert), `updates`, `inserts`. Each key occurs in at most one of updates,
 * moves (as the new key) and inserts.
 */
export interface Folded {
  readonly deletes: readonly FoldedDelete[];
  readonly moves: readonly FoldedMove[];
  readonly updates: readonly FoldedUpdate[];
  readonly inserts: readonly Image[];
}

export interface FoldedDelete {
  readonly key: Image;
  /** False where the row came and went inside the run: it need not be there. */
  readonly expected: boolean;
}

/** The row at `from` leaves its key; what `row` leaves out is the value it had there. */
export interface FoldedMove {
  readonly from: Image;
  readonly row: Image;
}

/** The row at `key` gets the values that `row` has and keeps those that it leaves out. */
export interface FoldedUpdate {
  readonly key: Image;
  readonly row: Image;
}

interface Slot {
  readonly key: Image;
  /** A row was there before the run. */
  readonly existed: boolean;
  row: Image | null;
  /** Whose former row `row` continues; null for a row that was inserted. */
  origin: Slot | null;
}

/**
 * Fold inserts, updates and deletes of one table and one shape to at most one change of each key.
 * `key` holds the columns that identify a row. Truncates are borders between runs.
 *
 * @throws UnknownKey
 */
export function foldChanges(changes: readonly Change[], key: readonly number[]): Folded {
  if (bringWholeRows(changes)) return foldWholeRows(changes, key);
  const slots = new Map<string, Slot>();
  for (const change of changes) replay(slots, change, key);
  return summarize(slots);
}

function foldWholeRows(changes: readonly Change[], key: readonly number[]): Folded {
  const deletes: FoldedDelete[] = [];
  const updates: FoldedUpdate[] = [];
  const inserts: Image[] = [];
  for (const at of netRows(changes, key)) {
    if (at.kind === 'gone') deletes.push({ key: at.row, expected: true });
    else if (at.kind === 'put' && at.was === null) inserts.push(at.row);
    else if (at.kind === 'put') updates.push({ key: at.row, row: at.row });
  }
  return { deletes, moves: [], updates, inserts };
}

function replay(slots: Map<string, Slot>, change: Change, key: readonly number[]): void {
  const row = rowImage(change, key);
  const old = oldImage(change);
  if (change.op === 'd') {
    leave(slotAt(slots, known(old), key, true));
  } else if (row === null || change.op === 't') {
    throw new UnknownKey(`A change of the kind ${change.op} cannot be folded.`);
  } else if (change.op === 'i') {
    const slot = slotAt(slots, row, key, false);
    slot.row = row;
    slot.origin = null;
  } else {
    replayUpdate(slots, old ?? row, row, key);
  }
}

function replayUpdate(slots: Map<string, Slot>, old: Image, row: Image, key: readonly number[]) {
  const from = slotAt(slots, old, key, true);
  const moved = from.row === null ? row : fillFrom(row, from.row);
  const origin = from.row === null ? from : from.origin;
  const target = keyText(row, key) === keyText(old, key) ? from : slotAt(slots, row, key, false);
  if (target !== from) leave(from);
  target.row = moved;
  target.origin = origin;
}

function slotAt(slots: Map<string, Slot>, image: Image, key: readonly number[], existed: boolean) {
  const text = keyText(image, key);
  if (text === null) throw new UnknownKey('A change came without a value of its key.');
  let slot = slots.get(text);
  if (slot === undefined) {
    slot = { key: image, existed, row: null, origin: null };
    slots.set(text, slot);
  }
  return slot;
}

function leave(slot: Slot): void {
  slot.row = null;
  slot.origin = null;
}

function known(image: Image | null): Image {
  if (image === null) throw new UnknownKey('A delete came without its key.');
  return image;
}

function summarize(slots: Map<string, Slot>): Folded {
  const moves: FoldedMove[] = [];
  const gone = new Set<Slot>();
  for (const slot of slots.values()) {
    const { row, origin } = slot;
    if (row === null || origin === null || origin === slot || isWhole(row)) continue;
    moves.push({ from: origin.key, row });
    gone.add(origin);
  }
  const deletes: FoldedDelete[] = [];
  const updates: FoldedUpdate[] = [];
  const inserts: Image[] = [];
  for (const slot of slots.values()) {
    const { row, origin, existed } = slot;
    const leftover = existed && !gone.has(slot);
    if (row === null) {
      if (!gone.has(slot)) deletes.push({ key: slot.key, expected: existed });
    } else if (origin === slot) {
      updates.push({ key: slot.key, row });
    } else if (!isWhole(row)) {
      if (leftover) deletes.push({ key: slot.key, expected: true });
    } else if (leftover) {
      updates.push({ key: slot.key, row });
    } else {
      inserts.push(row);
    }
  }
  return { deletes, moves, updates, inserts };
}
