import type { Database } from '../engines/engine.js';
import type { LongRun } from './long-running.js';

/** A statement may begin just after the others were ended. */
const AGAIN_MS = 1_000;

/**
 * Work of long statements: cancelling the activity reaches the server (design law 4), or a pause
 * would wait for an index to be built. What runs is ended and rolled back, and the error that the work
 * then fails with becomes the cancellation (error-interceptor.ts).
 */
export async function untilCancelled<T>(
  run: Pick<LongRun, 'signal'>,
  databases: readonly Pick<Database, 'interrupt'>[],
  work: () => Promise<T>,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let ended = false;
  const interrupt = (): void => {
    // What cannot be ended ends by itself: then the cancellation comes later.
    void Promise.allSettled(databases.map(async (database) => database.interrupt())).then(() => {
      if (!ended) timer = setTimeout(interrupt, AGAIN_MS);
    });
  };
  if (run.signal.aborted) interrupt();
  else run.signal.addEventListener('abort', interrupt, { once: true });
  try {
    return await work();
  } finally {
    ended = true;
    run.signal.removeEventListener('abort', interrupt);
    clearTimeout(timer);
  }
}
