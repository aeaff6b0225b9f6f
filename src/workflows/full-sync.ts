/**
 * One epoch of a table's copy, step by step as the Web UI shows it. Every step is idempotent and
 * keeps its progress in the target, so a fresh run of the same epoch goes on where the last stood.
 */
import { continueAsNew, setCurrentDetails, setHandler } from '@temporalio/workflow';
import { fullSyncId } from '../core/ids.js';
import type { CopyResult, EpochRef, Tuning } from '../core/protocol.js';
import { activities, type Activities } from './activity-proxies.js';
import { requireId, requireNames, tuningOf } from './input.js';
import { together } from './interruptible.js';
import { wakeSignal } from './messages.js';
import { isDueToRollOver } from './roll-over.js';
import { untilDone } from './until-done.js';

export interface FullSyncInput extends EpochRef {
  readonly tuning?: Tuning;
  readonly copyLanes: number;
  /** Search attributes are registered. */
  readonly attributes?: boolean;
  /** Rows that earlier runs of this epoch copied. */
  readonly rows?: number;
}

export interface FullSyncResult {
  readonly paused: boolean;
  readonly rows: number;
}

export async function fullSync(input: FullSyncInput): Promise<FullSyncResult> {
  requireNames(input, 'pipeline', 'target', 'slug', 'epoch');
  const { pipeline, target, slug, epoch } = input;
  const ref: EpochRef = { pipeline, target, slug, epoch };
  requireId(`epoch ${epoch} of this table`, fullSyncId(ref));
  const tuning = tuningOf(input.tuning);
  // Each step has its own words in the timeline of the Web UI.
  const to = (step: string): Activities['copy'] => activities(tuning, `${step} · ${slug}`).copy;
  const say = (step: string): void =>
    setCurrentDetails(`### ${slug} → ${target}\n\nepoch ${epoch}: ${step}`);
  const isDue = (): boolean => isDueToRollOver(tuning);
  const rollOver = (rows: number): Promise<never> =>
    continueAsNew<typeof fullSync>({ ...input, rows });
  // A table's workflow that finds this one at work knocks to see whether it still lives.
  setHandler(wakeSignal, () => undefined);

  const before = input.rows ?? 0;
  say('waiting until the stream keeps its changes');
  const handOver = async (): Promise<{ done: boolean; detail: string }> => {
    const { ready, waitingFor } = await to('wait for the stream').awaitHandOver(ref);
    return { done: ready, detail: `waiting for ${waitingFor ?? 'the stream'}` };
  };
  if (!(await untilDone(handOver, say, isDue))) return rollOver(before);

  say('staging');
  const { chunks } = await to('stage').prepareStage(ref);

  say(`copying ${chunks} chunk${chunks === 1 ? '' : 's'} in ${lanesOf(input)} lane(s)`);
  const { rows, done, paused } = await copyAll(to, ref, lanesOf(input), isDue);
  if (paused) return { paused: true, rows: before + rows };
  if (!done) return rollOver(before + rows);

  say('building keys and indexes');
  await to('keys and indexes').finishStage(ref);

  say('catching up and cutting over');
  if (!(await untilDone(() => to('cut over').cutOver(ref), say, isDue)))
    return rollOver(before + rows);
  await to('finish').afterCutOver(ref);
  say(`done, ${before + rows} rows copied`);
  return { paused: false, rows: before + rows };
}

/** All lanes until nothing is left, one was told to pause, or this run has to roll over. */
async function copyAll(
  to: (step: string) => Activities['copy'],
  ref: EpochRef,
  lanes: number,
  isDue: () => boolean,
): Promise<CopyResult> {
  const copyLane = async (lane: number): Promise<CopyResult> => {
    const copy = to(`copy lane ${lane + 1}`);
    for (let rows = 0; ;) {
      const result = await copy.copyChunks({ ...ref, lane, lanes });
      rows += result.rows;
      if (result.done || result.paused || isDue()) return { ...result, rows };
    }
  };
  const results = await together(Array.from({ length: lanes }, (_, lane) => () => copyLane(lane)));
  return {
    rows: results.reduce((sum, lane) => sum + lane.rows, 0),
    paused: results.some((lane) => lane.paused),
    done: results.every((lane) => lane.done),
  };
}

function lanesOf(input: FullSyncInput): number {
  return Number.isInteger(input.copyLanes) && input.copyLanes > 0 ? input.copyLanes : 1;
}
