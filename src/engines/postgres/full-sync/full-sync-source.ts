import type { FullSyncSource } from '../../contract/full-sync.js';
import { toPgError } from '../pg-errors.js';
import type { SessionPool } from '../state/session-pool.js';
import { readKeys } from '../verify/read-keys.js';
import { planChunks } from './plan-chunks.js';
import { readChunk } from './read-chunk.js';
import { sourceWires } from './wire.js';

/**
 * Reading a source's tables in chunks. The pool's size is how many chunks are read at a time; it
 * stays the caller's, who closes it.
 *
 * @param subject names the source in errors
 */
export function openFullSyncSource(pool: SessionPool, subject: string): FullSyncSource {
  return {
    wires: sourceWires,
    planChunks: async (model, bytes, rows) => {
      try {
        return await pool.use(async (client) => planChunks(client, model, { bytes, rows }));
      } catch (error) {
        throw toPgError(error, subject);
      }
    },
    // Each chunk brings the position that its snapshot saw.
    copiedUpTo: () => Promise.resolve(null),
    readChunk: async (model, range, wire) => readChunk(pool, subject, model, range, wire),
    readKeys: async (model, keys, wire) => {
      try {
        return await readKeys(pool, subject, model, keys, wire);
      } catch (error) {
        throw toPgError(error, subject);
      }
    },
  };
}
