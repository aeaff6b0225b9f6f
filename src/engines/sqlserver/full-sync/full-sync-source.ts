import type { FeedKind } from '../../../core/feed-kind.js';
import type { Position } from '../../contract/feed.js';
import type { FullSyncSource } from '../../contract/full-sync.js';
import type { SessionPool } from '../sql-session.js';
import { readKeys } from '../verify/read-keys.js';
import { planChunks } from './plan-chunks.js';
import { readChunk } from './read-chunk.js';
import { sourceWires } from './wire.js';

/**
 * Reading a source's tables in chunks. The pool's size is how many chunks are read at a time; it
 * stays the caller's, who closes it.
 *
 * @param copiedUpTo what the feed of the kind says of its present end
 */
export function openFullSyncSource(
  pool: SessionPool,
  copiedUpTo: (kind: FeedKind) => Promise<Position | null>,
): FullSyncSource {
  return {
    wires: sourceWires,
    planChunks: async (model, bytes, rows) =>
      pool.use(async (session) => planChunks(session, model, { bytes, rows })),
    readChunk: async (model, range, wire, keptFrom = null) =>
      readChunk(pool, model, range, { wire, keptFrom }),
    copiedUpTo,
    readKeys: async (model, keys, wire) => readKeys(pool, model, keys, wire),
  };
}
