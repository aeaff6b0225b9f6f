import type { Readable } from 'node:stream';
import { SluiceError } from '../../../core/errors.js';
import type { TableName } from '../../../core/names.js';
import { parseNeutral } from '../../../core/neutral-type.js';
import { NEUTRAL_WIRE } from '../../../core/neutral-wire.js';
import type { ChunkStream } from '../../contract/full-sync.js';
import { toCopyText } from './to-copy-text.js';

/** The bytes of a chunk as COPY takes them; `table` is for messages. */
export function incomingBytes(stream: ChunkStream, table: TableName): Readable {
  if (stream.wire !== NEUTRAL_WIRE) return stream.bytes;
  const { types = [] } = stream;
  const columns = stream.columns.map((name, at) => {
    const type = types[at];
    if (type === undefined) throw untyped(name);
    return { name, type: parseNeutral(type) };
  });
  return toCopyText(stream.bytes, { table, columns });
}

function untyped(column: string): SluiceError {
  return new SluiceError('UNEXPECTED', `The rows of a chunk came without a type for ${column}.`);
}
