import type { FullSyncTarget } from '../../contract/full-sync.js';
import { chooseLoad } from './choose-load.js';
import { createStage, dropStage } from './create-stage.js';
import { cutOver } from './cut-over.js';
import { finishStage } from './finish-stage.js';
import { freeze } from './freeze.js';
import { loadChunk } from './load-chunk.js';
import { merge } from './merge.js';
import { tellSeenByFetch } from './seen-by-fetch.js';
import type { TargetContext } from './target-context.js';
import { beginTable, inTarget } from './target-context.js';
import { targetWires } from './wire.js';

/** The target's side of a full sync. The context's sessions stay the caller's, who closes them. */
export function openFullSyncTarget(context: TargetContext): FullSyncTarget {
  return {
    wires: targetWires,
    createStage: async (model, stage) => createStage(context, model, stage),
    loadChunk: async (stage, chunk, stream) => loadChunk(context, stage, chunk, stream),
    finishStage: async (model, stage, onStep) => finishStage(context, model, stage, onStep),
    drainParked: async (stage, into, maxRows) => {
      const result = await inTarget(context, async (session, client) => {
        await beginTable(session, stage);
        return context.drain(client, stage, into, maxRows);
      });
      if (into === 'stage') await tellSeenByFetch(context, stage);
      return result;
    },
    chooseLoad: async (target, wanted, stage) => chooseLoad(context, target, wanted, stage),
    cutOver: async (stage, how) => cutOver(context, stage, how),
    freeze: async (stage, lockTimeoutMs) => freeze(context, stage, lockTimeoutMs),
    merge: async (stage, options) => merge(context, stage, options),
    dropStage: async (stage) => dropStage(context, stage),
  };
}
