import { z } from 'zod';
import type { Cell, Shape } from './change.js';
import { UNCHANGED } from './change.js';
import type { Image } from './cell.js';
import { BINARY_FORMAT, TEXT_FORMAT, formatOf } from './cell.js';
import { SluiceError } from './errors.js';

/** The kinds of a cell in a TupleData part (PostgreSQL: Logical Replication Message Formats). */
const NULL_CELL = 0x6e;
const UNCHANGED_CELL = 0x75;
const TEXT_CELL = 0x74;
const BINARY_CELL = 0x62;

/** A row as sluice.parked keeps it: the tuple as it came on the wire. */
export function encodeTuple(image: Image): Buffer {
  let size = 2;
  for (const cell of image.cells) size += cellHasBytes(cell) ? 5 + cell.length : 1;
  const out = Buffer.allocUnsafe(size);
  let offset = out.writeUInt16BE(image.cells.length, 0);
  image.cells.forEach((cell, column) => {
    if (!cellHasBytes(cell)) {
      offset = out.writeUInt8(cell === null ? NULL_CELL : UNCHANGED_CELL, offset);
      return;
    }
    const binary = formatOf(image, column) === BINARY_FORMAT;
    offset = out.writeUInt8(binary ? BINARY_CELL : TEXT_CELL, offset);
    offset = out.writeUInt32BE(cell.length, offset);
    offset += cell.copy(out, offset);
  });
  return out;
}

/** @throws SluiceError UNEXPECTED for bytes that encodeTuple cannot have made */
export function decodeTuple(bytes: Buffer): Image {
  try {
    return readTuple(bytes);
  } catch (error) {
    if (error instanceof RangeError) throw unreadable();
    throw error;
  }
}

function readTuple(bytes: Buffer): Image {
  const count = bytes.readUInt16BE(0);
  const cells: Cell[] = [];
  const formats = new Uint8Array(count).fill(BINARY_FORMAT);
  let mixed = false;
  let offset = 2;
  for (let column = 0; column < count; column += 1) {
    const kind = bytes.readUInt8(offset);
    offset += 1;
    if (kind === NULL_CELL || kind === UNCHANGED_CELL) {
      cells.push(kind === NULL_CELL ? null : UNCHANGED);
      continue;
    }
    if (kind !== TEXT_CELL && kind !== BINARY_CELL) throw unreadable();
    const end = offset + 4 + bytes.readUInt32BE(offset);
    if (end > bytes.length) throw unreadable();
    cells.push(bytes.subarray(offset + 4, end));
    if (kind === TEXT_CELL) {
      formats[column] = TEXT_FORMAT;
      mixed = true;
    }
    offset = end;
  }
  if (offset !== bytes.length) throw unreadable();
  return { cells, formats: mixed ? formats : null };
}

const parkedShape = z.object({
  table: z.object({ schema: z.string(), table: z.string() }),
  wire: z.string(),
  columns: z.array(z.object({ name: z.string(), type: z.string(), key: z.boolean() })),
});

/** JSON for sluice.parked_shape. */
export function encodeShape(shape: Shape): string {
  const columns = shape.columns.map(({ name, type, key }) => ({ name, type, key }));
  const { schema, table } = shape.table;
  return JSON.stringify({ table: { schema, table }, wire: shape.wire, columns });
}

/** @throws SluiceError UNEXPECTED */
export function decodeShape(json: unknown): Shape {
  const parsed = parkedShape.safeParse(json);
  if (!parsed.success) throw unreadable();
  return parsed.data;
}

function cellHasBytes(cell: Cell): cell is Buffer {
  return cell !== null && cell !== UNCHANGED;
}

function unreadable(): SluiceError {
  return new SluiceError('UNEXPECTED', 'A row of sluice.parked cannot be read.', {
    remedy: 'Resync the table: the parked changes are not needed then.',
  });
}
