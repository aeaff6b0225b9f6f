import type { CellBounds } from '../../../core/packed-row.js';
import { NULL_CELL, PackedRow, UNCHANGED_CELL } from '../../../core/packed-row.js';
import type { ByteReader } from './byte-reader.js';
import { unreadableMessage } from './byte-reader.js';

const NULL_VALUE = 0x6e; // n
const UNCHANGED_VALUE = 0x75; // u
const TEXT_VALUE = 0x74; // t
const BINARY_VALUE = 0x62; // b

/** Read a TupleData part: a count, then a format byte and, for values, length and bytes each. */
export function readTuple(reader: ByteReader, bounds: CellBounds): PackedRow {
  const width = reader.int16();
  if (width < 0) throw unreadableMessage('a row with a negative number of columns');
  const base = bounds.reserve(width);
  const { numbers } = bounds;
  let whole = true;
  let hasText = false;
  let bytes = 0;
  for (let at = base; at < base + width * 2; at += 2) {
    const format = reader.uint8();
    if (format === BINARY_VALUE || format === TEXT_VALUE) {
      const length = reader.int32();
      const start = reader.skip(length);
      const isText = format === TEXT_VALUE;
      numbers[at] = isText ? ~start : start;
      numbers[at + 1] = length;
      hasText ||= isText;
      bytes += length;
    } else if (format === NULL_VALUE || format === UNCHANGED_VALUE) {
      numbers[at] = 0;
      numbers[at + 1] = format === NULL_VALUE ? NULL_CELL : UNCHANGED_CELL;
      whole &&= format === NULL_VALUE;
    } else {
      throw unreadableMessage(`a value in an unknown format (${format})`);
    }
  }
  return new PackedRow(reader.source, numbers, base, width, whole, hasText, bytes);
}
