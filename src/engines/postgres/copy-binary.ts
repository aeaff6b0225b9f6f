/** A value in PostgreSQL's binary send format, or null. */
export type BinaryCell = Buffer | null;

const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
const NULL_LENGTH = -1;

/** What a binary COPY starts with: signature, no flags, no extension (documentation of COPY). */
export function encodeCopyHeader(): Buffer {
  return Buffer.concat([SIGNATURE, Buffer.alloc(8)]);
}

/** What a binary COPY ends with. */
export function encodeCopyTrailer(): Buffer {
  return Buffer.from([0xff, 0xff]);
}

/** Rows for a binary COPY in one buffer; cells are copied unchanged, null becomes length -1. */
export function encodeCopyRows(rows: readonly (readonly BinaryCell[])[]): Buffer {
  let size = 0;
  for (const row of rows) size += 2 + cellsSize(row);
  const out = Buffer.allocUnsafe(size);
  let offset = 0;
  for (const row of rows) {
    offset = out.writeInt16BE(row.length, offset);
    offset = writeCells(out, row, offset);
  }
  return out;
}

/**
 * A one-dimensional array in binary send format from elements in theirs. The cells of a change
 * stream in binary format are that already, so a column of many changes becomes one parameter
 * without decoding. `elementOid` must be the receiving server's oid of the element type.
 */
export function encodeArray(elementOid: number, cells: readonly BinaryCell[]): Buffer {
  if (cells.length === 0) return encodeArrayHeader(Buffer.allocUnsafe(12), 0, false, elementOid);
  const out = Buffer.allocUnsafe(20 + cellsSize(cells));
  encodeArrayHeader(out, 1, cells.includes(null), elementOid);
  out.writeInt32BE(cells.length, 12);
  out.writeInt32BE(1, 16); // lower bound
  writeCells(out, cells, 20);
  return out;
}

function encodeArrayHeader(out: Buffer, dimensions: number, hasNull: boolean, oid: number): Buffer {
  out.writeInt32BE(dimensions, 0);
  out.writeInt32BE(hasNull ? 1 : 0, 4);
  out.writeUInt32BE(oid, 8);
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
