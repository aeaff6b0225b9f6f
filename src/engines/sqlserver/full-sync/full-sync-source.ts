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
 * @param primary sessions where others write, for tables that no feed follows
 */
export function openFullSyncSource(
  pool: SessionPool,
  copiedUpTo: (kind: FeedKind) => Promise<Position | null>,
  primary: SessionPool = pool,
): FullSyncSource {
  return {
    wires: sourceWires,
    planChunks: async (model, bytes, rows) =>
      pool.use(async (session) => planChunks(session, model, { bytes, rows })),
    readChunk: async (model, range, wire, keptFrom = null) =>
      readChunk(keptFrom === 'now' ? primary : pool, model, range, { wire, keptFrom }),
    copiedUpTo,
    // An older row of a secondary would stay on the target: its changes have been applied already.
    readKeys: async (model, keys, wire) => readKeys(primary, model, keys, wire),
  };
}
