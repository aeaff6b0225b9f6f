import { encodeArray } from '../copy-binary.js';

const INT8 = 20;

/** A bigint[] parameter. */
export function int8Array(values: readonly bigint[]): Buffer {
  return encodeArray(INT8, values.map(int8));
}

function int8(value: bigint): Buffer {
  const out = Buffer.allocUnsafe(8);
  out.writeBigInt64BE(value);
  return out;
}
