import {
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type Client,
  type ScheduleOptionsStartWorkflowAction,
  type Workflow,
} from '@temporalio/client';
import { pipelineId, TASK_QUEUES } from '../core/ids.js';

export interface ScheduleSpec {
  readonly pipeline: string;
  readonly kind: 'verify' | 'fullSync';
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
    const scheduleId = `${pipelineId(spec.pipeline)}/schedule/${spec.kind}`;
    const options = {
      spec: { cronExpressions: [spec.cron], timezone: spec.timezone },
      action: actionOf(spec),
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: 600_000 },
    };
    const handle = this.client.schedule.getHandle(scheduleId);
    try {
      await handle.describe();
      await handle.update(({ state }) => ({ ...options, state }));
    } catch (error) {
      if (!(error instanceof ScheduleNotFoundError)) throw error;
      await this.client.schedule.create({ scheduleId, ...options });
    }
    return scheduleId;
  }

  async remove(scheduleId: string): Promise<void> {
    await this.client.schedule.getHandle(scheduleId).delete();
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
  const run = spec.kind === 'verify' ? 'verify' : 'refresh';
  return {
    type: 'startWorkflow',
    workflowType: spec.kind === 'verify' ? 'verification' : 'refresh',
    taskQueue: TASK_QUEUES.control,
    workflowId: `${pipelineId(spec.pipeline)}/run/${run}/scheduled`,
    args: [
      spec.kind === 'verify'
        ? { pipeline: spec.pipeline, tables: spec.tables, scope: spec.scope ?? 'full' }
        : { pipeline: spec.pipeline, tables: spec.tables },
    ],
  };
}
