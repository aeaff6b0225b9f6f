/** A value in PostgreSQL's binary send format, or null. */
export type BinaryCell = Buffer | null;

const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
const NULL_LENGTH = -1;
const EMPTY_ARRAY_HEADER = 12;

/** What a binary COPY starts with: signature, no flags, no extension (documentation of COPY). */
export function encodeCopyHeader(): Buffer {
  return Buffer.concat([SIGNATURE, Buffer.alloc(8)]);
}

/** What a binary COPY ends with. */
export function encodeCopyTrailer(): Buffer {
  return Buffer.from([0xff, 0xff]);
}

/**
 * A one-dimensional array in binary send format from elements in theirs. The cells of a change
 * stream in binary format are that already, so a column of many changes becomes one parameter
 * without decoding. `elementOid` must be the receiving server's oid of the element type.
 */
export function encodeArray(elementOid: number, cells: readonly BinaryCell[]): Buffer {
  const out = allocateArray(elementOid, cells.length, cells.includes(null), cellsSize(cells));
  writeCells(out, cells, ARRAY_HEADER);
  return out;
}

/** Where the elements of an array with any begin. */
export const ARRAY_HEADER = 20;

/** An array whose elements, `bytes` with their lengths, are still to be written. */
export function allocateArray(
  elementOid: number,
  count: number,
  hasNull: boolean,
  bytes: number,
): Buffer {
  const out = Buffer.allocUnsafe(count === 0 ? EMPTY_ARRAY_HEADER : ARRAY_HEADER + bytes);
  out.writeInt32BE(count === 0 ? 0 : 1, 0); // dimensions
  out.writeInt32BE(hasNull ? 1 : 0, 4);
  out.writeUInt32BE(elementOid, 8);
  if (count === 0) return out;
  out.writeInt32BE(count, 12);
  out.writeInt32BE(1, 16); // lower bound
  return out;
}

function cellsSize(cells: readonly BinaryCell[]): number {
  let size = 0;
  for (const cell of cells) size += 4 + (cell === null ? 0 : cell.length);
  return size;
}

function writeCells(out: Buffer, cells: readonly BinaryCell[], start: number): number {
  let offset = start;
  for (const cell of cells) {
    if (cell === null) {
      offset = out.writeInt32BE(NULL_LENGTH, offset);
    } else {
      offset = out.writeInt32BE(cell.length, offset);
      offset += cell.copy(out, offset);
    }
  }
  return offset;
}
