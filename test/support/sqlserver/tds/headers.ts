import type { ByteReader } from './byte-reader.js';

/** ALL_HEADERS in front of batches, procedures and transaction requests: nothing in them counts here. */
export function skipHeaders(reader: ByteReader): void {
  const start = reader.position;
  reader.skip(reader.u32() - 4);
  if (reader.position < start + 4) throw new Error('headers without a length');
}
