/**
 * Rows on their way between engines (wire `neutral`): for each row the length of what follows as a
 * 32-bit number, then for each column its length (-1: NULL) and its bytes. Numbers are big-endian.
 */
import type { Readable } from 'node:stream';

export const NEUTRAL_WIRE = 'neutral';

const NULL_LENGTH = -1;
const LENGTH_BYTES = 4;

export type NeutralCell = Buffer | null;

export function encodeNeutralRow(cells: readonly NeutralCell[]): Buffer {
  let size = LENGTH_BYTES;
  for (const cell of cells) size += LENGTH_BYTES + (cell?.length ?? 0);
  const out = Buffer.allocUnsafe(size);
  let offset = out.writeUInt32BE(size - LENGTH_BYTES, 0);
  for (const cell of cells) {
    offset = out.writeInt32BE(cell?.length ?? NULL_LENGTH, offset);
    if (cell !== null) offset += cell.copy(out, offset);
  }
  return out;
}

/**
 * The rows of a stream, whatever the borders of its parts. Cells share memory with what was read;
 * a row that is kept for long keeps its part of the stream.
 *
 * @throws TypeError when the stream ends inside a row or a row does not have `columns` cells
 */
export async function* neutralRows(
  bytes: Readable,
  columns: number,
): AsyncGenerator<NeutralCell[], void, undefined> {
  let parts: Buffer[] = [];
  let held = 0;
  let wanted = LENGTH_BYTES;
  for await (const part of bytes as AsyncIterable<Buffer>) {
    parts.push(part);
    held += part.length;
    // A row may be many parts long: they are joined once, when it is whole.
    if (held < wanted) continue;
    const data = parts.length === 1 ? part : Buffer.concat(parts, held);
    let offset = 0;
    for (let end = rowEnd(data, 0); end !== null && end <= data.length;) {
      yield readRow(data, offset + LENGTH_BYTES, end, columns);
      offset = end;
      end = rowEnd(data, offset);
    }
    const rest = data.subarray(offset);
    parts = rest.length === 0 ? [] : [rest];
    held = rest.length;
    wanted = rowEnd(rest, 0) ?? LENGTH_BYTES;
  }
  if (held > 0) throw new TypeError('A stream of rows ended inside a row.');
}

/** Where the row that begins at `offset` ends, also beyond the data; null: its length is not there. */
function rowEnd(data: Buffer, offset: number): number | null {
  if (data.length - offset < LENGTH_BYTES) return null;
  return offset + LENGTH_BYTES + data.readUInt32BE(offset);
}

function readRow(data: Buffer, start: number, end: number, columns: number): NeutralCell[] {
  const cells: NeutralCell[] = [];
  let offset = start;
  while (offset < end) {
    const length = data.readInt32BE(offset);
    offset += LENGTH_BYTES;
    if (length === NULL_LENGTH) {
      cells.push(null);
      continue;
    }
    cells.push(data.subarray(offset, offset + length));
    offset += length;
  }
  if (offset !== end || cells.length !== columns) {
    throw new TypeError(`A row has ${cells.length} of ${columns} columns.`);
  }
  return cells;
}
