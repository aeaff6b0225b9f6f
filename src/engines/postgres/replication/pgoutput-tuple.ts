import type { Cell } from '../../../core/change.js';
import { UNCHANGED } from '../../../core/change.js';
import type { ByteReader } from './byte-reader.js';
import { unreadableMessage } from './byte-reader.js';
import type { TupleData } from './pgoutput-messages.js';

const NULL_VALUE = 0x6e; // n
const UNCHANGED_VALUE = 0x75; // u
const TEXT_VALUE = 0x74; // t
const BINARY_VALUE = 0x62; // b

/** Read a TupleData part: a count, then a format byte and, for values, length and bytes each. */
export function readTuple(reader: ByteReader): TupleData {
  const count = reader.int16();
  if (count < 0) throw unreadableMessage('a row with a negative number of columns');
  const cells = new Array<Cell>(count);
  let text: boolean[] | null = null;
  for (let index = 0; index < count; index += 1) {
    const format = reader.uint8();
    if (format === BINARY_VALUE) {
      cells[index] = reader.bytes(reader.int32());
    } else if (format === NULL_VALUE) {
      cells[index] = null;
    } else if (format === UNCHANGED_VALUE) {
      cells[index] = UNCHANGED;
    } else if (format === TEXT_VALUE) {
      text ??= new Array<boolean>(count).fill(false);
      text[index] = true;
      cells[index] = reader.bytes(reader.int32());
    } else {
      throw unreadableMessage(`a value in an unknown format (${format})`);
    }
  }
  return { cells, text };
}
