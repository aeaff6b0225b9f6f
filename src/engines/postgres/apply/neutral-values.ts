import type { Change, Shape } from '../../../core/change.js';
import { parseNeutral, type NeutralType } from '../../../core/neutral-type.js';
import { NEUTRAL_WIRE } from '../../../core/neutral-wire.js';
import { displayName } from '../../../core/names.js';
import { LaneTableFault, type LaneMember } from '../../contract/lane.js';
import { cannotHold } from '../neutral/held-values.js';

const typesOf = new WeakMap<Shape, readonly NeutralType[]>();

/**
 * A value that PostgreSQL would take and change stops its table.
 *
 * @throws LaneTableFault
 */
export function assertNeutralHeld(change: Change, member: LaneMember): void {
  const { shape } = change;
  if (shape.wire !== NEUTRAL_WIRE) return;
  const { row } = change;
  if (row === null) return;
  const types = neutralTypes(shape);
  for (const [at, cell] of row.entries()) {
    const type = types[at];
    if (!Buffer.isBuffer(cell) || type === undefined) continue;
    const fault = cannotHold(cell, type);
    if (fault === null) continue;
    const column = shape.columns[at]?.name ?? '';
    const message = `A value of ${displayName(member.source)}, column ${column}, ${fault}.`;
    throw new LaneTableFault({ tableId: member.tableId, code: 'ROW_REJECTED', message });
  }
}

function neutralTypes(shape: Shape): readonly NeutralType[] {
  const known = typesOf.get(shape);
  if (known !== undefined) return known;
  const types = shape.columns.map((column) => parseNeutral(column.type));
  typesOf.set(shape, types);
  return types;
}
