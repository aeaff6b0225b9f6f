import type { Image } from '../../../core/cell.js';
import { ARRAY_HEADER, allocateArray } from '../copy-binary.js';
import { cellLength, writeCell } from './cell-bytes.js';

/**
 * One column of many rows as a binary array. Cells are in the array's form already; those that were
 * left out are null in it. `elementOid` must be the receiving server's.
 */
export function encodeColumn(elementOid: number, images: readonly Image[], column: number): Buffer {
  let bytes = images.length * 4;
  let hasNull = false;
  for (const image of images) {
    const length = cellLength(image, column);
    if (length < 0) hasNull = true;
    else bytes += length;
  }
  const out = allocateArray(elementOid, images.length, hasNull, bytes);
  let offset = ARRAY_HEADER;
  for (const image of images) offset = writeCell(out, offset, image, column);
  return out;
}
