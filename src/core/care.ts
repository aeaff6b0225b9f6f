/** What may be asked of a source just now. Pure; durations in ms. */
import { Cron } from 'croner';

export interface CopyWindow {
  readonly cron: string;
  readonly timezone: string;
  readonly duration: number;
}

/** Whether the window is open, and when it opens next (null while it is open, or never). */
export function windowAt(window: CopyWindow, now: Date): { open: boolean; opensAt: Date | null } {
  const schedule = new Cron(window.cron, { timezone: window.timezone, paused: true });
  const opened = schedule.nextRun(new Date(now.getTime() - window.duration));
  if (opened !== null && opened <= now) return { open: true, opensAt: null };
  return { open: false, opensAt: opened };
}

export interface CareLimits {
  readonly copyWindow?: CopyWindow | undefined;
  readonly loadLimit?: number | undefined;
  readonly maxReplicationLag?: number | undefined;
}

export interface SourceState {
  readonly now: Date;
  /** Null: not asked, or no answer. */
  readonly load: number | null;
  readonly replicationLagMs: number | null;
}

/** Why copies have to wait, as a sentence; null when they may read. */
export function reasonToWait(limits: CareLimits, state: SourceState): string | null {
  const { copyWindow, loadLimit, maxReplicationLag } = limits;
  if (copyWindow !== undefined) {
    const { open, opensAt } = windowAt(copyWindow, state.now);
    if (!open) return `the copy window opens ${opensAt?.toISOString() ?? 'never'}`;
  }
  if (loadLimit !== undefined && state.load !== null && state.load > loadLimit) {
    return `the source's load is ${String(state.load)}, above ${String(loadLimit)}`;
  }
  const lag = state.replicationLagMs;
  if (maxReplicationLag !== undefined && lag !== null && lag > maxReplicationLag) {
    return `a replica of the source is ${String(Math.round(lag / 1000))} s behind`;
  }
  return null;
}

/** A second's worth of rows may come at once; a larger chunk is paid off before the next one. */
export class RowBudget {
  #tokens: number;
  #at: number;

  constructor(
    private readonly rowsPerSecond: number,
    nowMs: number,
  ) {
    this.#tokens = rowsPerSecond;
    this.#at = nowMs;
  }

  /** Take rows that were read; returns how long nobody may read now, in ms. */
  spend(rows: number, nowMs: number): number {
    const earned = (Math.max(0, nowMs - this.#at) / 1000) * this.rowsPerSecond;
    this.#at = nowMs;
    this.#tokens = Math.min(this.rowsPerSecond, this.#tokens + earned) - rows;
    return this.#tokens >= 0 ? 0 : Math.ceil((-this.#tokens / this.rowsPerSecond) * 1000);
  }
}
