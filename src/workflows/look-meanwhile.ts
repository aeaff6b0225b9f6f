import { condition, isCancellation } from '@temporalio/workflow';
import type { WatchResult } from '../core/protocol.js';
import { interruptible } from './interruptible.js';

/** A watch that was told how long it may look ends by itself; one without a worker does not. */
const A_MOMENT_MS = 10_000;

export interface Pause {
  readonly pauseMs: number;
  /** Somebody ended the pause. */
  readonly isOver: () => boolean;
}

export interface Looking {
  readonly watch: (forMs: number) => Promise<WatchResult>;
  readonly dispatch: (result: WatchResult) => Promise<void>;
}

/**
 * A pause after a failure, in which what others asked for by SQL or found in a lane goes on: it does
 * not wait until the cause of that failure is mended.
 */
export async function lookMeanwhile(
  { pauseMs, isOver }: Pause,
  { watch, dispatch }: Looking,
): Promise<void> {
  const until = Date.now() + pauseMs;
  const left = (): number => until - Date.now();
  try {
    while (left() > 0 && !isOver()) {
      const result = await interruptible(
        () => watch(left()),
        async (ended) => {
          await condition(() => ended() || isOver(), left() + A_MOMENT_MS);
        },
      );
      if (result === undefined) break;
      await dispatch(result);
    }
  } catch (error) {
    if (isCancellation(error)) throw error;
  }
  if (left() > 0) await condition(isOver, left());
}

/** Work that is done sooner is not worth a look. */
const SLOW_MS = 10_000;
const LOOK_FOR_MS = 60_000;

/** What others ask for goes on as well while work takes long, or hangs. */
export async function lookWhileSlow<T>(work: () => Promise<T>, looking: Looking): Promise<T> {
  let ended = false;
  const running = work().finally(() => (ended = true));
  // Looked at below, in its time.
  running.catch(() => undefined);
  const isOver = (): boolean => ended;
  if (!(await condition(isOver, SLOW_MS))) {
    while (!ended) await lookMeanwhile({ pauseMs: LOOK_FOR_MS, isOver }, looking);
  }
  return running;
}
