import { repeatBriefly, type BriefWork } from '../../brief-locks.js';
import type { StageRef } from '../../contract/full-sync.js';
import { msNumberOf } from '../ms-errors.js';

export { TRY_MS } from '../../brief-locks.js';

/** Waits for ever. */
export const NO_LIMIT = -1;
const LOCK_TIMEOUT = 1222;

/** @throws SluiceError LOCK_TIMEOUT when a lock was not to be had within lockTimeoutMs */
export async function inBriefTries<T>(
  stage: StageRef,
  lockTimeoutMs: number,
  work: BriefWork<T>,
): Promise<T> {
  const lockCode = (error: unknown) =>
    msNumberOf(error) === LOCK_TIMEOUT ? String(LOCK_TIMEOUT) : null;
  return repeatBriefly({ stage, lockTimeoutMs, lockCode }, work);
}
