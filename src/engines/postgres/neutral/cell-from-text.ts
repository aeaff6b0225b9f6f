import type { NeutralType } from '../../../core/neutral-type.js';

const OFFSET = /([+-]\d\d)(?::(\d\d))?(?::\d\d)?$/;
const HEX_PREFIX = '\\x';

/** A cell that pgoutput sent in text form, in neutral form (see core/neutral-type.ts). */
export function cellFromText(cell: Buffer, type: NeutralType): Buffer {
  switch (type.kind) {
    case 'boolean':
      return Buffer.from(cell.toString('latin1') === 't' ? '1' : '0');
    case 'binary':
      return Buffer.from(cell.toString('latin1').slice(HEX_PREFIX.length), 'hex');
    case 'timestamp':
      return type.zone === 'none' ? cell : withOffset(cell);
    default:
      return cell;
  }
}

/** `2026-01-02 03:04:05+00` → `2026-01-02 03:04:05 +00:00`. */
function withOffset(cell: Buffer): Buffer {
  const text = cell.toString('latin1');
  return Buffer.from(
    text.replace(OFFSET, (_, hours: string, minutes = '00') => ` ${hours}:${String(minutes)}`),
  );
}
