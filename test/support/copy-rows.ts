import type { BinaryCell } from '../../src/engines/postgres/copy-binary.js';

/** Rows of a binary COPY, between its header and its trailer (PostgreSQL documentation, "COPY"). */
export function encodeCopyRows(rows: readonly (readonly BinaryCell[])[]): Buffer {
  return Buffer.concat(rows.flatMap((row) => [int16(row.length), ...row.flatMap(encodeCell)]));
}

function encodeCell(cell: BinaryCell): Buffer[] {
  return cell === null ? [int32(-1)] : [int32(cell.length), cell];
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
