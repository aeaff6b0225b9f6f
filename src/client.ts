/**
 * The typed client of Sluice's workflows: the only importer of @temporalio/client. Scripts may use
 * it as a library; the CLI, the dashboard and the activities do.
 */
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import { SluiceError } from './core/errors.js';
import { laneId, pipelineId, tableId, TASK_QUEUES, verificationId } from './core/ids.js';
import type { Command, CommandName, LaneRef, TableRef } from './core/protocol.js';
import { assertNamespace, connectError } from './client/connect-errors.js';
import type { TemporalSettings } from './client/connection-options.js';
import { countPollers } from './client/pollers.js';
import { ensureSearchAttributes, missingSearchAttributes } from './client/search-attributes.js';
import { SchedulesClient } from './client/schedules.js';

export interface CommandAnswer {
  readonly accepted: boolean;
  readonly message: string;
}

export type CommandInput = Partial<Omit<Command, 'command'>>;

export interface RunningState {
  readonly running: boolean;
  readonly status: string;
  readonly runId: string | null;
}

/** A service that is there answers in milliseconds; a person waits this long for the message. */
const CONNECT_TIMEOUT_MS = 10_000;

/** How long a worker may take to answer an update before the command is said to be unanswered. */
const ANSWER_TIMEOUT_MS = 30_000;

export class SluiceClient {
  readonly schedules: SchedulesClient;

  private constructor(
    private readonly connection: Connection,
    private readonly client: Client,
    readonly settings: TemporalSettings,
  ) {
    this.schedules = new SchedulesClient(client);
  }

  /** Throws TEMPORAL_UNREACHABLE when nobody answers within the timeout, or TEMPORAL_REFUSED. */
  static async connect(settings: TemporalSettings): Promise<SluiceClient> {
    const connection = await connect(settings);
    try {
      await assertNamespace(connection, settings);
    } catch (error) {
      await connection.close();
      throw error;
    }
    const client = new Client({ connection, namespace: settings.namespace });
    return new SluiceClient(connection, client, settings);
  }

  /** True when the attributes exist now; false where this login may not make them. */
  ensureSearchAttributes(): Promise<boolean> {
    return ensureSearchAttributes(this.connection, this.settings.namespace);
  }

  /** Search attributes that are not registered; null where this login may not look. */
  missingSearchAttributes(): Promise<readonly string[] | null> {
    return missingSearchAttributes(this.connection, this.settings.namespace);
  }

  /** How many workers have asked this queue for work in the last minutes. */
  countPollers(taskQueue: string): Promise<number> {
    return countPollers(this.connection, this.settings.namespace, taskQueue);
  }

  /** Start the pipeline's supervisor; one that runs already is left as it is. */
  async startPipeline(pipeline: string): Promise<{ workflowId: string; runId: string }> {
    const handle = await this.client.workflow.start('pipeline', {
      taskQueue: TASK_QUEUES.control,
      workflowId: pipelineId(pipeline),
      workflowIdConflictPolicy: 'USE_EXISTING',
      args: [{ pipeline }],
    });
    return { workflowId: handle.workflowId, runId: handle.firstExecutionRunId };
  }

  /** Give a command to a pipeline and wait for its answer. */
  commandPipeline(
    pipeline: string,
    command: CommandName,
    input: CommandInput,
  ): Promise<CommandAnswer> {
    return this.#command(pipelineId(pipeline), command, input);
  }

  commandTable(ref: TableRef, command: CommandName, input: CommandInput): Promise<CommandAnswer> {
    return this.#command(tableId(ref), command, input);
  }

  async #command(id: string, command: CommandName, input: CommandInput): Promise<CommandAnswer> {
    const handle = this.client.workflow.getHandle(id);
    const requestId = input.requestId;
    try {
      return await this.client.withDeadline(Date.now() + ANSWER_TIMEOUT_MS, () =>
        handle.executeUpdate<CommandAnswer, [CommandInput]>(command, {
          args: [input],
          ...(requestId === undefined ? {} : { updateId: requestId }),
        }),
      );
    } catch (cause) {
      if (cause instanceof WorkflowNotFoundError) throw notRunning(id, cause);
      throw new SluiceError('WORKER_MISSING', `No worker answered the command ${command}.`, {
        remedy:
          `Start a worker (sluice worker): it may carry the command out then. To be sure of that: ` +
          `temporal workflow signal --workflow-id ${id} --name ${command}`,
        cause,
      });
    }
  }

  /** Answered by a worker; throws WORKFLOW_UNKNOWN or WORKER_MISSING. */
  async query(id: string): Promise<unknown> {
    try {
      return await this.client.withDeadline(Date.now() + ANSWER_TIMEOUT_MS, () =>
        this.client.workflow.getHandle(id).query('status'),
      );
    } catch (cause) {
      if (cause instanceof WorkflowNotFoundError) throw notRunning(id, cause);
      throw new SluiceError('WORKER_MISSING', `No worker answered for ${id}.`, {
        remedy: 'Start a worker (sluice worker).',
        cause,
      });
    }
  }

  async signalTable(ref: TableRef, name: string, input: CommandInput): Promise<void> {
    await this.client.workflow.getHandle(tableId(ref)).signal(name, input);
  }

  pipelineState(pipeline: string): Promise<RunningState> {
    return this.#state(pipelineId(pipeline));
  }

  tableState(ref: TableRef): Promise<RunningState> {
    return this.#state(tableId(ref));
  }

  laneState(ref: LaneRef): Promise<RunningState> {
    return this.#state(laneId(ref));
  }

  async #state(id: string): Promise<RunningState> {
    try {
      const description = await this.client.workflow.getHandle(id).describe();
      const status = description.status.name;
      return { running: status === 'RUNNING', status, runId: description.runId };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) {
        return { running: false, status: 'NOT_FOUND', runId: null };
      }
      throw error;
    }
  }

  /** Start a verification by hand; returns its workflow id and a promise of its summary. */
  async startVerification(input: {
    pipeline: string;
    tables?: string;
    target?: string;
    scope?: 'recent' | 'full';
    repair?: boolean;
  }): Promise<{ workflowId: string; result: () => Promise<unknown> }> {
    const time = new Date().toISOString().replaceAll(/[-:.]/g, '').slice(0, 18);
    const handle = await this.client.workflow.start('verification', {
      taskQueue: TASK_QUEUES.control,
      workflowId: verificationId(input.pipeline, time),
      args: [input],
    });
    return { workflowId: handle.workflowId, result: () => handle.result() };
  }

  async close(): Promise<void> {
    await this.connection.close();
  }
}

async function connect(settings: TemporalSettings): Promise<Connection> {
  try {
    return await Connection.connect({ ...settings.connection, connectTimeout: CONNECT_TIMEOUT_MS });
  } catch (cause) {
    throw connectError(settings, cause);
  }
}

function notRunning(id: string, cause: unknown): SluiceError {
  return new SluiceError('WORKFLOW_UNKNOWN', `The workflow ${id} is not running.`, {
    remedy: 'Start its pipeline with sluice start.',
    cause,
  });
}
