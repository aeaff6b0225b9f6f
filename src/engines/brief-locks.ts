import { setTimeout as delay } from 'node:timers/promises';
import { SluiceError } from '../core/errors.js';
import { displayName } from '../core/names.js';
import type { StageRef } from './contract/full-sync.js';

/**
 * A statement that waits for a lock against readers blocks every reader behind it. So each try waits
 * for a moment only, gives everything back, and leaves the readers a longer while before the next.
 */
export const TRY_MS = 40;
const BETWEEN_TRIES_MS = 120;

/** A transaction of short lock waits; it is given how much time is left. */
export type BriefWork<T> = (leftMs: () => number) => Promise<T>;

export interface Tries {
  readonly stage: StageRef;
  readonly lockTimeoutMs: number;
  /** The server's own code where an error says that a lock was not to be had, else null. */
  readonly lockCode: (error: unknown) => string | null;
}

/**
 * Repeats a transaction of short lock waits for lockTimeoutMs.
 *
 * @throws SluiceError LOCK_TIMEOUT when a lock was not to be had within that time
 */
export async function repeatBriefly<T>(tries: Tries, work: BriefWork<T>): Promise<T> {
  const deadline = Date.now() + tries.lockTimeoutMs;
  for (;;) {
    try {
      return await work(() => Math.max(TRY_MS, deadline - Date.now()));
    } catch (error) {
      const code = tries.lockCode(error);
      if (code === null) throw error;
      if (Date.now() + BETWEEN_TRIES_MS >= deadline) throw noLock(tries, code, error);
      await delay(BETWEEN_TRIES_MS);
    }
  }
}

function noLock({ stage, lockTimeoutMs }: Tries, vendorCode: string, cause: unknown): SluiceError {
  const table = displayName(stage.target);
  return new SluiceError(
    'LOCK_TIMEOUT',
    `${table} was in use for ${String(lockTimeoutMs)} ms, so its new rows are not visible yet.`,
    {
      remedy: 'It is tried again; a long statement on the table or a long batch of its lane ends.',
      vendorCode,
      cause,
    },
  );
}
