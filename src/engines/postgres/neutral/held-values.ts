import type { NeutralType } from '../../../core/neutral-type.js';

const MICROSECONDS = 6;
const FRACTION = /\.(\d+)/;
const NUL = 0;

/**
 * Why PostgreSQL cannot hold a value as it is, as the end of a sentence; null: it can. What the
 * server would take and change (it rounds a seventh digit) has to be found here; what it refuses it
 * refuses itself.
 */
export function cannotHold(cell: Buffer, type: NeutralType): string | null {
  switch (type.kind) {
    case 'time':
    case 'timestamp':
      return type.digits > MICROSECONDS && hasFinerDigits(cell)
        ? 'has more than six digits of a second'
        : null;
    case 'text':
      return cell.includes(NUL) ? 'holds the character U+0000' : null;
    default:
      return null;
  }
}

function hasFinerDigits(cell: Buffer): boolean {
  const fraction = FRACTION.exec(cell.toString('latin1'))?.[1] ?? '';
  return /[1-9]/.test(fraction.slice(MICROSECONDS));
}
