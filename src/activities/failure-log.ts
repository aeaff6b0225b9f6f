/**
 * When a failing step is worth an error row. A fault that passes (a restart, a deadlock) is not, so
 * a step has to fail `attempts` times over the time that as many tries `attemptWait` apart take.
 * Temporal tries sooner and more often than that, and across the rounds of a workflow, so what
 * counts is when the failing began and not the number of one activity's try.
 */
export interface RecordingRule {
  readonly attempts: number;
  readonly attemptWait: number;
}

interface Failing {
  readonly since: number;
  readonly tries: number;
}

/** A try that ran for so long had begun to work: what ended it is a fault of its own. */
const AT_WORK_MS = 10 * 60_000;

/** Of one worker process: another one begins anew, which records later and never too early. */
export class FailureLog {
  readonly #failing = new Map<string, Failing>();

  constructor(private readonly now: () => number = Date.now) {}

  /** True when this failure is to be recorded; the next one begins a count of its own. */
  failed(step: string, ranMs: number, { attempts, attemptWait }: RecordingRule): boolean {
    const former = ranMs < AT_WORK_MS ? this.#failing.get(step) : undefined;
    const failing = { since: former?.since ?? this.now(), tries: (former?.tries ?? 0) + 1 };
    const lasted = this.now() - failing.since;
    const due = failing.tries >= attempts && lasted >= (attempts - 1) * attemptWait;
    if (due) this.#failing.delete(step);
    else this.#failing.set(step, failing);
    return due;
  }

  succeeded(step: string): void {
    this.#failing.delete(step);
  }
}
