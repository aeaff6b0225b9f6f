import { repeatBriefly, type BriefWork } from '../../brief-locks.js';
import type { StageRef } from '../../contract/full-sync.js';
import { sqlStateOf } from '../pg-errors.js';

export { TRY_MS } from '../../brief-locks.js';

const LOCK_NOT_AVAILABLE = '55P03';

/** @throws SluiceError LOCK_TIMEOUT when a lock was not to be had within lockTimeoutMs */
export async function inBriefTries<T>(
  stage: StageRef,
  lockTimeoutMs: number,
  work: BriefWork<T>,
): Promise<T> {
  const lockCode = (error: unknown) =>
    sqlStateOf(error) === LOCK_NOT_AVAILABLE ? LOCK_NOT_AVAILABLE : null;
  return repeatBriefly({ stage, lockTimeoutMs, lockCode }, work);
}
