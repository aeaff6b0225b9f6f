import type { Cell, Change, ChangeOp, Shape } from '../../../core/change.js';
import type { PackedRow } from '../../../core/packed-row.js';
import type { ChangeMessage } from '../replication/pgoutput-messages.js';
import type { Shapes } from './shapes.js';

const CELL_OVERHEAD = 5;
const ROW_OVERHEAD = 8;

/**
 * Append what a message says to `into`: one change, or one per table of a TRUNCATE. With REPLICA
 * IDENTITY FULL the whole old row is the old key, as every column of such a shape is part of it.
 */
export function appendChanges(message: ChangeMessage, shapes: Shapes, into: Change[]): void {
  if (message.kind === 'truncate') {
    for (const id of message.relationIds) into.push(new RowChange(shapes.of(id), 't', null, null));
    return;
  }
  const shape = shapes.of(message.relationId);
  const old = message.kind === 'insert' ? null : (message.oldKey ?? message.oldRow);
  if (message.kind === 'delete') into.push(new RowChange(shape, 'd', old, null));
  else into.push(new RowChange(shape, message.kind === 'insert' ? 'i' : 'u', old, message.row));
}

/** A change as it came; what is made from its rows is not its own property: do not spread it. */
class RowChange implements Change {
  readonly bytes: number;

  constructor(
    readonly shape: Shape,
    readonly op: ChangeOp,
    readonly packedOld: PackedRow | null,
    readonly packedRow: PackedRow | null,
  ) {
    this.bytes = ROW_OVERHEAD + sizeOf(packedRow) + sizeOf(packedOld);
  }

  get row(): readonly Cell[] | null {
    return this.packedRow?.cells ?? null;
  }

  get formats(): Uint8Array | null {
    return this.packedRow?.formats ?? null;
  }

  get oldKey(): readonly Cell[] | null {
    return this.packedOld?.cells ?? null;
  }

  get oldKeyFormats(): Uint8Array | null {
    return this.packedOld?.formats ?? null;
  }
}

function sizeOf(row: PackedRow | null): number {
  return row === null ? 0 : row.bytes + row.width * CELL_OVERHEAD;
}
