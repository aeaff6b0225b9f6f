import { workflowInfo } from '@temporalio/workflow';
import type { Tuning } from '../core/protocol.js';

const DAY_MS = 86_400_000;

/**
 * Whether an entity should continue as new at its next border: when the service hints that its
 * history is long, and after a day, so that code that serves old histories can be deleted.
 */
export function isDueToRollOver(tuning: Tuning): boolean {
  const info = workflowInfo();
  return (
    info.continueAsNewSuggested ||
    info.historyLength >= (tuning.rollOverAtEvents ?? Infinity) ||
    Date.now() - info.runStartTime.getTime() > DAY_MS
  );
}
