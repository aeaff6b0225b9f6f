import { Context } from '@temporalio/activity';

/** Lanes of a copy come back this often; the others after six hours (design law 4). */
export const COPY_LIMIT_MS = 15 * 60_000;
export const LOOP_LIMIT_MS = 6 * 3_600_000;

/**
 * A request to stop comes with the answer to a heartbeat, so this is the wait for it: what somebody
 * switches off rests within 10 s whatever `heartbeatTimeout` is (spec sections 1 and 8).
 */
const LONGEST_SILENCE_MS = 2_000;
const SHORTEST_SILENCE_MS = 500;

export interface LongRun {
  /** True when the activity should return at the next border. */
  readonly dueToReturn: () => boolean;
  readonly signal: AbortSignal;
  /** Wait, but not beyond a cancellation. */
  readonly pause: (ms: number) => Promise<void>;
  /** What the next heartbeat carries: counts and positions only. */
  report(details: Record<string, string | number | null>): void;
}

/**
 * Run a long activity: heartbeats come from a timer, also while one statement runs, so that life is
 * decided by the process and not by a slow server. The limit only asks for the next border.
 */
export async function longRunning<T>(
  limitMs: number,
  work: (run: LongRun) => Promise<T>,
): Promise<T> {
  const context = Context.current();
  const signal = context.cancellationSignal;
  const began = Date.now();
  let details: Record<string, string | number | null> = {};
  const everyMs = silenceMs(context.info.heartbeatTimeoutMs);
  context.heartbeat(details);
  const timer = setInterval(() => context.heartbeat(details), everyMs);
  try {
    return await work({
      signal,
      dueToReturn: () => signal.aborted || Date.now() - began >= limitMs,
      pause: (ms) => pause(ms, signal),
      report: (next) => {
        details = next;
      },
    });
  } finally {
    clearInterval(timer);
    context.heartbeat(details);
  }
}

/** `heartbeatTimeoutMs` is how long the service waits for one; two may be lost. */
function silenceMs(heartbeatTimeoutMs = LONGEST_SILENCE_MS * 3): number {
  return Math.max(SHORTEST_SILENCE_MS, Math.min(LONGEST_SILENCE_MS, heartbeatTimeoutMs / 3));
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
