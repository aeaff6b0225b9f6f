import {
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type Client,
  type ScheduleOptionsStartWorkflowAction,
  type Workflow,
} from '@temporalio/client';
import { pipelineId, scheduleId, TASK_QUEUES } from '../core/ids.js';

export const SCHEDULE_KINDS = ['verify', 'fullSync'] as const;
export type ScheduleKind = (typeof SCHEDULE_KINDS)[number];

export interface ScheduleSpec {
  readonly pipeline: string;
  readonly kind: ScheduleKind;
  /** Absent: all of them. */
  readonly target?: string;
  /** Cron expressions with a time zone. */
  readonly cron: string;
  readonly timezone: string;
  readonly tables: string;
  readonly scope?: 'recent' | 'full';
}

export interface ScheduleRow {
  readonly scheduleId: string;
  readonly paused: boolean;
  readonly next: string | null;
}

/** Verification and full sync by the clock, as Temporal Schedules. */
export class SchedulesClient {
  constructor(private readonly client: Client) {}

  /** Create it, or change the one of the same id. */
  async put(spec: ScheduleSpec): Promise<string> {
    const id = scheduleId(spec);
    const options = {
      spec: { cronExpressions: [spec.cron], timezone: spec.timezone },
      action: actionOf(spec),
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: 600_000 },
    };
    if (await this.#exists(id)) {
      await this.client.schedule.getHandle(id).update(({ state }) => ({ ...options, state }));
    } else {
      await this.client.schedule.create({ scheduleId: id, ...options });
    }
    return id;
  }

  async remove(id: string): Promise<void> {
    await this.client.schedule.getHandle(id).delete();
  }

  /** One that somebody else removes meanwhile is gone all the same. */
  async removeAll(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      try {
        await this.remove(id);
      } catch (error) {
        if (!(error instanceof ScheduleNotFoundError)) throw error;
      }
    }
  }

  /** Ids of those that ask something of these targets; of the whole pipeline too, where it is meant. */
  async of(pipeline: string, targets: readonly string[], isWhole: boolean): Promise<string[]> {
    const found: string[] = [];
    for (const kind of SCHEDULE_KINDS) {
      const ids = targets.map((target) => scheduleId({ pipeline, kind, target }));
      for (const id of isWhole ? [scheduleId({ pipeline, kind }), ...ids] : ids) {
        if (await this.#exists(id)) found.push(id);
      }
    }
    return found;
  }

  /** Ids of those for targets that the pipeline does not have: all but these have left it. */
  async ofGone(pipeline: string, targets: readonly string[]): Promise<string[]> {
    const kept = new Set(
      SCHEDULE_KINDS.flatMap((kind) =>
        targets.map((target) => scheduleId({ pipeline, kind, target })),
      ),
    );
    const ofTargets = SCHEDULE_KINDS.map((kind) => `${scheduleId({ pipeline, kind })}/`);
    const found: string[] = [];
    for (const { scheduleId: id } of await this.list()) {
      if (kept.has(id) || !ofTargets.some((start) => id.startsWith(start))) continue;
      // The list may still have one that is gone.
      if (await this.#exists(id)) found.push(id);
    }
    return found;
  }

  async #exists(id: string): Promise<boolean> {
    try {
      await this.client.schedule.getHandle(id).describe();
      return true;
    } catch (error) {
      if (error instanceof ScheduleNotFoundError) return false;
      throw error;
    }
  }

  async list(): Promise<readonly ScheduleRow[]> {
    const rows: ScheduleRow[] = [];
    for await (const summary of this.client.schedule.list()) {
      if (!summary.scheduleId.startsWith('sluice/')) continue;
      const next = summary.info.nextActionTimes[0];
      rows.push({
        scheduleId: summary.scheduleId,
        paused: summary.state.paused,
        next: next === undefined ? null : next.toISOString(),
      });
    }
    return rows;
  }
}

function actionOf(spec: ScheduleSpec): ScheduleOptionsStartWorkflowAction<Workflow> {
  const { pipeline, tables, target, scope = 'full' } = spec;
  const isVerify = spec.kind === 'verify';
  const what = { pipeline, tables, ...(target === undefined ? {} : { target }) };
  const scheduled = target === undefined ? 'scheduled' : `scheduled/${target}`;
  return {
    type: 'startWorkflow',
    workflowType: isVerify ? 'verification' : 'refresh',
    taskQueue: TASK_QUEUES.control,
    workflowId: `${pipelineId(pipeline)}/run/${isVerify ? 'verify' : 'refresh'}/${scheduled}`,
    args: [isVerify ? { ...what, scope } : what],
  };
}
