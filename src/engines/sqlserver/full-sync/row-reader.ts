import type { Readable } from 'node:stream';
import { SluiceError } from '../../../core/errors.js';
import { RefusalCount } from '../../refusal-count.js';

/** Reads a cell that lies from `start` to `end` of the data. */
export type ReadCell = (data: Buffer, start: number, end: number) => unknown;

export interface ReadCounts {
  rows: number;
  bytes: number;
}

const LENGTH_BYTES = 4;
const NULL_LENGTH = -1;

/**
 * Rows in the framing of core/neutral-wire.ts, as many as have come at a time, without a buffer for
 * each cell. A reader that is null leaves its cell out. After a value that a reader refuses no row
 * comes any more; those that its column has in the rest are counted.
 *
 * @throws SluiceError of that reader, with their number
 * @throws TypeError when the stream ends inside a row or a row has another number of cells
 */
export async function* readRows(
  bytes: Readable,
  readers: readonly (ReadCell | null)[],
  counts: ReadCounts,
): AsyncGenerator<unknown[][], void, undefined> {
  let parts: Buffer[] = [];
  let held = 0;
  let wanted = LENGTH_BYTES;
  const refused = new RefusedColumn(readers);
  for await (const part of bytes as AsyncIterable<Buffer>) {
    parts.push(part);
    held += part.length;
    // A row may be many parts long: they are joined once, when it is whole.
    if (held < wanted) continue;
    const data = parts.length === 1 ? part : Buffer.concat(parts, held);
    const { rows, end } = wholeRows(data, refused.readers, counts);
    if (refused.count.isOver) break;
    if (rows.length > 0 && refused.error === null) yield rows;
    const rest = data.subarray(end);
    parts = rest.length === 0 ? [] : [rest];
    held = rest.length;
    wanted = rowEnd(rest, 0) ?? LENGTH_BYTES;
  }
  refused.raise();
  if (held > 0) throw new TypeError('A stream of rows ended inside a row.');
}

/** Readers that take a note of what they refuse. */
class RefusedColumn {
  readonly readers: readonly (ReadCell | null)[];
  readonly count = new RefusalCount();
  error: SluiceError | null = null;
  #place = -1;

  constructor(readers: readonly (ReadCell | null)[]) {
    this.readers = readers.map((read, place) => (read === null ? null : this.#noting(read, place)));
  }

  raise(): void {
    if (this.error === null) return;
    const { code, message, remedy } = this.error;
    const more = message.replace(/\.$/, `${this.count.others}.`);
    throw new SluiceError(code, more, remedy === undefined ? {} : { remedy });
  }

  #noting(read: ReadCell, place: number): ReadCell {
    return (data, start, end) => {
      try {
        return read(data, start, end);
      } catch (error) {
        if (!(error instanceof SluiceError)) throw error;
        if (this.error === null) {
          this.error = error;
          this.#place = place;
        }
        if (this.#place === place) this.count.add();
        return null;
      }
    };
  }
}

function wholeRows(
  data: Buffer,
  readers: readonly (ReadCell | null)[],
  counts: ReadCounts,
): { rows: unknown[][]; end: number } {
  const rows: unknown[][] = [];
  let at = 0;
  for (let end = rowEnd(data, 0); end !== null && end <= data.length; end = rowEnd(data, at)) {
    rows.push(readRow(data, at + LENGTH_BYTES, end, readers));
    counts.bytes += end - at;
    at = end;
  }
  counts.rows += rows.length;
  return { rows, end: at };
}

/** Where the row that begins at `at` ends, also beyond the data; null: its length is not there. */
function rowEnd(data: Buffer, at: number): number | null {
  return data.length - at < LENGTH_BYTES ? null : at + LENGTH_BYTES + data.readUInt32BE(at);
}

function readRow(
  data: Buffer,
  start: number,
  end: number,
  readers: readonly (ReadCell | null)[],
): unknown[] {
  const row: unknown[] = [];
  let at = start;
  let cells = 0;
  while (at < end) {
    const length = data.readInt32BE(at);
    at += LENGTH_BYTES;
    const read = readers[cells];
    cells += 1;
    const stop = length === NULL_LENGTH ? at : at + length;
    if (read !== null && read !== undefined) {
      row.push(length === NULL_LENGTH ? null : read(data, at, stop));
    }
    at = stop;
  }
  if (at !== end || cells !== readers.length) {
    throw new TypeError(`A row has ${cells} of ${readers.length} columns.`);
  }
  return row;
}
