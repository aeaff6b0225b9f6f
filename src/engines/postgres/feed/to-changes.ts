import type { Cell, Change, Shape } from '../../../core/change.js';
import type { ChangeMessage, TupleData } from '../replication/pgoutput-messages.js';
import type { Shapes } from './shapes.js';

const TEXT = 0;
const BINARY = 1;
const CELL_OVERHEAD = 5;
const ROW_OVERHEAD = 8;

interface Tuple {
  readonly cells: readonly Cell[];
  readonly formats: Uint8Array | null;
  readonly bytes: number;
}

/**
 * Append what a message says to `into`: one change, or one per table of a TRUNCATE. With REPLICA
 * IDENTITY FULL the whole old row is the old key, as every column of such a shape is part of it.
 */
export function appendChanges(message: ChangeMessage, shapes: Shapes, into: Change[]): void {
  if (message.kind === 'truncate') {
    for (const id of message.relationIds) into.push(truncation(shapes.of(id)));
    return;
  }
  const shape = shapes.of(message.relationId);
  const old = message.kind === 'insert' ? null : readOptional(message.oldKey ?? message.oldRow);
  const row = message.kind === 'delete' ? null : readCells(message.row);
  into.push({
    shape,
    op: message.kind === 'insert' ? 'i' : message.kind === 'update' ? 'u' : 'd',
    oldKey: old?.cells ?? null,
    row: row?.cells ?? null,
    formats: row?.formats ?? null,
    oldKeyFormats: old?.formats ?? null,
    bytes: ROW_OVERHEAD + (row?.bytes ?? 0) + (old?.bytes ?? 0),
  });
}

function truncation(shape: Shape): Change {
  const nothing = { oldKey: null, row: null, formats: null, oldKeyFormats: null };
  return { shape, op: 't', ...nothing, bytes: ROW_OVERHEAD };
}

function readOptional(tuple: TupleData | null): Tuple | null {
  return tuple === null ? null : readCells(tuple);
}

function readCells(tuple: TupleData): Tuple {
  const { cells, text } = tuple;
  let bytes = cells.length * CELL_OVERHEAD;
  for (const cell of cells) if (cell !== null && typeof cell === 'object') bytes += cell.length;
  return { cells, formats: text === null ? null : formatsOf(text), bytes };
}

function formatsOf(text: readonly boolean[]): Uint8Array {
  const formats = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index += 1) {
    formats[index] = text[index] === true ? TEXT : BINARY;
  }
  return formats;
}
