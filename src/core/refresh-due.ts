/** When a table is loaded again from the start. Pure; durations in ms. */
import { Cron } from 'croner';

export interface RefreshPlan {
  readonly cron?: string | undefined;
  readonly every?: number | undefined;
  readonly timezone?: string | undefined;
}

/** The moment of the next load after one that began at `last`; null: never again. */
export function refreshDueAt(plan: RefreshPlan, last: Date): Date | null {
  if (plan.every !== undefined) return new Date(last.getTime() + plan.every);
  if (plan.cron === undefined) return null;
  const timezone = plan.timezone ?? 'UTC';
  return new Cron(plan.cron, { timezone, paused: true }).nextRun(last);
}
