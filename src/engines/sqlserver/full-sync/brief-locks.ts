import { setTimeout as delay } from 'node:timers/promises';
import { SluiceError } from '../../../core/errors.js';
import { displayName } from '../../../core/names.js';
import type { StageRef } from '../../contract/full-sync.js';
import { msNumberOf } from '../ms-errors.js';

/**
 * A statement that waits for a schema lock blocks every reader behind it. So each try waits for a
 * moment only, gives everything back, and leaves the readers a longer while before the next.
 */
export const TRY_MS = 40;
/** Waits for ever. */
export const NO_LIMIT = -1;
const BETWEEN_TRIES_MS = 120;
const LOCK_TIMEOUT = 1222;

/**
 * Repeats a transaction of short lock waits for lockTimeoutMs; `work` is given how much is left.
 *
 * @throws SluiceError LOCK_TIMEOUT when a lock was not to be had within that time
 */
export async function inBriefTries<T>(
  stage: StageRef,
  lockTimeoutMs: number,
  work: (leftMs: () => number) => Promise<T>,
): Promise<T> {
  const deadline = Date.now() + lockTimeoutMs;
  for (;;) {
    try {
      return await work(() => Math.max(TRY_MS, deadline - Date.now()));
    } catch (error) {
      if (msNumberOf(error) !== LOCK_TIMEOUT) throw error;
      if (Date.now() + BETWEEN_TRIES_MS >= deadline) throw noLock(stage, lockTimeoutMs, error);
      await delay(BETWEEN_TRIES_MS);
    }
  }
}

function noLock(stage: StageRef, waitedMs: number, cause: unknown): SluiceError {
  const table = displayName(stage.target);
  return new SluiceError(
    'LOCK_TIMEOUT',
    `${table} was in use for ${String(waitedMs)} ms, so its new rows are not visible yet.`,
    {
      remedy: 'It is tried again; a long statement on the table or a long batch of its lane ends.',
      vendorCode: String(LOCK_TIMEOUT),
      cause,
    },
  );
}
