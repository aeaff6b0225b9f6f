import type { WorkflowHandle } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { laneId, pipelineId, tableId, TASK_QUEUES } from '../../src/core/ids.js';
import type { CommandName } from '../../src/core/protocol.js';
import { openTemporal, type TestTemporal } from '../support/temporal.js';
import { waitFor } from '../support/wait-for.js';
import { workflowBundle } from './bundle.js';
import { fakeActivities, type FakeActivities } from './fake-activities.js';
import { FakeDatabase, FAST } from './fake-database.js';
import type { Script } from './script.js';
import './quiet-runtime.js';

/** Workers on all four queues over one database in memory, in a namespace of their own. */
export class World {
  private constructor(
    readonly temporal: TestTemporal,
    readonly database: FakeDatabase,
    readonly activities: FakeActivities,
    private readonly workers: readonly Worker[],
    private readonly ended: Promise<unknown>,
  ) {}

  static async open(label: string, database = new FakeDatabase()): Promise<World> {
    const temporal = await openTemporal(label);
    const fakes = fakeActivities(database, temporal.client);
    const bundle = await workflowBundle();
    const shared = {
      connection: temporal.nativeConnection,
      namespace: temporal.namespace,
      maxHeartbeatThrottleInterval: 50,
      defaultHeartbeatThrottleInterval: 50,
      shutdownForceTime: 3_000,
    };
    const roles = ['copy', 'stream', 'verify'] as const;
    const workers = await Promise.all([
      Worker.create({
        ...shared,
        taskQueue: TASK_QUEUES.control,
        workflowBundle: bundle,
        activities: fakes.control,
      }),
      ...roles.map((role) =>
        Worker.create({ ...shared, taskQueue: TASK_QUEUES[role], activities: fakes[role] }),
      ),
    ]);
    const ended = Promise.allSettled(workers.map((worker) => worker.run()));
    return new World(temporal, database, fakes, workers, ended);
  }

  get script(): Script {
    return this.activities.script;
  }

  async close(): Promise<void> {
    for (const worker of this.workers) worker.shutdown();
    await this.ended;
    await this.temporal.close();
  }

  async startPipeline(): Promise<WorkflowHandle> {
    const { pipeline } = this.database;
    return this.temporal.client.workflow.start('pipeline', {
      workflowId: pipelineId(pipeline),
      taskQueue: TASK_QUEUES.control,
      args: [{ pipeline, tuning: this.database.tuning }],
    });
  }

  async startTable(slug: string, more: object = {}): Promise<WorkflowHandle> {
    const ref = { pipeline: this.database.pipeline, target: 'replica', slug };
    return this.temporal.client.workflow.start('table', {
      workflowId: tableId(ref),
      taskQueue: TASK_QUEUES.control,
      args: [{ ...ref, tuning: { ...FAST, ...more } }],
    });
  }

  async startLane(): Promise<WorkflowHandle> {
    const ref = { pipeline: this.database.pipeline, target: 'replica', n: 0 };
    return this.temporal.client.workflow.start('changeStream', {
      workflowId: laneId(ref),
      taskQueue: TASK_QUEUES.control,
      args: [{ ...ref, tuning: FAST }],
    });
  }

  table(slug: string, target = 'replica'): WorkflowHandle {
    const ref = { pipeline: this.database.pipeline, target, slug };
    return this.temporal.client.workflow.getHandle(tableId(ref));
  }

  /** Give a command in one of its two forms; it was heard when this returns. */
  async tell(
    handle: WorkflowHandle,
    form: 'update' | 'signal',
    command: CommandName,
    ...payload: unknown[]
  ): Promise<void> {
    if (form === 'signal') await handle.signal(command, ...payload);
    else await handle.executeUpdate<unknown, [unknown]>(command, { args: [payload[0]] });
  }

  until(reason: string, fact: () => unknown, timeoutMs = 60_000): Promise<unknown> {
    return waitFor(reason, async () => await fact(), { timeoutMs, intervalMs: 20 });
  }

  untilStreaming(slug: string, target = 'replica'): Promise<unknown> {
    return this.until(
      `${slug} streams`,
      () => this.database.table(slug, target).phase === 'streaming' && !this.copies(slug),
    );
  }

  /** Whether a workflow has this status. */
  async is(handle: WorkflowHandle, status: string): Promise<boolean> {
    return (await handle.describe()).status.name === status;
  }

  copies(slug: string): boolean {
    return ['copyChunks', 'cutOver', 'afterCutOver'].some((name) =>
      this.script.isRunning(name, slug),
    );
  }
}

/** What the `status` query answers, as far as tests look at it. */
export interface Status {
  readonly doing?: string;
  readonly waiting: readonly string[];
  readonly rejected: readonly string[];
  readonly lastFault?: string | null;
  readonly fault?: string | null;
  readonly failures?: number;
  /** Of a lane: how its last round ended. */
  readonly last?: { readonly reason: string } | null;
}

export function statusOf(handle: WorkflowHandle): Promise<Status> {
  return handle.query<Status>('status');
}
