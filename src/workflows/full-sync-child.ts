/** The full sync of an epoch as the child of its table, also when an earlier life started it. */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  CancellationScope,
  executeChild,
  getExternalWorkflowHandle,
  isCancellation,
  ParentClosePolicy,
  sleep,
} from '@temporalio/workflow';
import { fullSyncId } from '../core/ids.js';
import type { EpochRef } from '../core/protocol.js';
import type { fullSync, FullSyncInput, FullSyncResult } from './full-sync.js';
import { wakeSignal } from './messages.js';
import { inWebUi } from './visibility.js';

const LONGEST_PAUSE_MS = 300_000;

/** Undefined when a run of an earlier life did the work; cancelling waits for the child's end. */
export async function runFullSync(input: FullSyncInput): Promise<FullSyncResult | undefined> {
  try {
    return await executeChild<typeof fullSync>('fullSync', {
      workflowId: fullSyncId(input),
      parentClosePolicy: ParentClosePolicy.ABANDON,
      cancellationType: 'WAIT_CANCELLATION_COMPLETED',
      ...inWebUi(`full sync ${input.epoch} of ${input.slug}`, input.attributes ?? false, input),
      args: [input],
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    await adopt(input);
    return undefined;
  }
}

async function adopt(ref: EpochRef): Promise<void> {
  try {
    await untilEnded(ref);
  } catch (error) {
    if (isCancellation(error)) await CancellationScope.nonCancellable(() => endFullSync(ref));
    throw error;
  }
}

/** Cancel the epoch's full sync if one runs, and wait for its end. */
export async function endFullSync(ref: EpochRef): Promise<void> {
  try {
    await getExternalWorkflowHandle(fullSyncId(ref)).cancel();
  } catch (error) {
    if (isCancellation(error)) throw error;
    return; // none runs
  }
  await untilEnded(ref);
}

/** A signal to a workflow that has ended fails: that is how one sees it from here. */
async function untilEnded(ref: EpochRef): Promise<void> {
  const handle = getExternalWorkflowHandle(fullSyncId(ref));
  for (let pause = 500; ; pause = Math.min(LONGEST_PAUSE_MS, pause * 2)) {
    await sleep(pause);
    try {
      await handle.signal(wakeSignal);
    } catch (error) {
      if (isCancellation(error)) throw error;
      return;
    }
  }
}
