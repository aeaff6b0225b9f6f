/**
 * One epoch of a table's copy, step by step as the Web UI shows it. Every step is idempotent and
 * keeps its progress in the target, so a fresh run of the same epoch goes on where the last stood.
 */
import { setCurrentDetails, sleep } from '@temporalio/workflow';
import { DEFAULT_TUNING, type CopyResult, type EpochRef, type Tuning } from '../core/protocol.js';
import { activities } from './activity-proxies.js';

export interface FullSyncInput extends EpochRef {
  readonly tuning?: Tuning;
  readonly copyLanes: number;
}

export interface FullSyncResult {
  readonly paused: boolean;
  readonly rows: number;
}

export async function fullSync(input: FullSyncInput): Promise<FullSyncResult> {
  const ref = {
    pipeline: input.pipeline,
    target: input.target,
    slug: input.slug,
    epoch: input.epoch,
  };
  const name = `${input.slug} epoch ${input.epoch}`;
  const { copy } = activities(input.tuning ?? DEFAULT_TUNING, name);
  const say = (step: string): void => setCurrentDetails(`**${name}**: ${step}`);

  say('waiting until the stream keeps its changes');
  for (;;) {
    const { ready, waitingFor } = await copy.awaitHandOver(ref);
    if (ready) break;
    say(`waiting for ${waitingFor ?? 'the stream'}`);
    await sleep('1 second');
  }

  say('staging');
  await copy.prepareStage(ref);

  say('copying');
  const lanes = Array.from({ length: input.copyLanes }, (_, lane) => copyLane(lane));
  const results = await Promise.all(lanes);
  const rows = results.reduce((sum, lane) => sum + lane.rows, 0);
  if (results.some((lane) => lane.paused)) return { paused: true, rows };

  say('building keys and indexes');
  await copy.finishStage(ref);

  say('catching up and cutting over');
  for (;;) {
    const { done, detail } = await copy.cutOver(ref);
    if (done) break;
    say(detail);
    await sleep('1 second');
  }
  await copy.afterCutOver(ref);
  say('done');
  return { paused: false, rows };

  async function copyLane(lane: number): Promise<CopyResult> {
    let rows = 0;
    for (;;) {
      const result = await copy.copyChunks({ ...ref, lane });
      rows += result.rows;
      if (result.done || result.paused) return { ...result, rows };
    }
  }
}
