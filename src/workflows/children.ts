/**
 * The lanes and tables of a pipeline. They are children that outlive it (ABANDON) and are only ever
 * addressed by their ids: whether this run, an earlier one or a person started them is the same.
 */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  getExternalWorkflowHandle,
  isCancellation,
  ParentClosePolicy,
  startChild,
} from '@temporalio/workflow';
import { isSharedLane } from '../core/feed-kind.js';
import { laneId, tableId, verificationId } from '../core/ids.js';
import {
  laneNumbers,
  type Command,
  type LaneRef,
  type TableRef,
  type TargetFacts,
  type Tuning,
} from '../core/protocol.js';
import type { changeStream } from './change-stream.js';
import type { table } from './table.js';
import type { verification } from './verification.js';
import { inWebUi } from './visibility.js';

/** One task of the pipeline's workflow starts or signals so many. */
const AT_ONCE = 20;

export class Children {
  constructor(
    private readonly pipeline: string,
    private readonly tuning: () => Tuning,
    private readonly attributes: () => boolean,
  ) {}

  async startLanes(target: TargetFacts): Promise<void> {
    await this.#eachLane(target, (ref) => this.#startLane(ref));
  }

  async stopLanes(target: TargetFacts): Promise<void> {
    await this.#eachLane(target, async (ref) => {
      await isDelivered(laneId(ref), 'stop', {});
    });
  }

  /** A lane that one table had for itself ends with it; a shared one goes on. */
  async stopLanesOfGone(former: TargetFacts, present: TargetFacts): Promise<void> {
    const needed = laneNumbers(present);
    const gone = laneNumbers(former).filter((n) => !isSharedLane(n) && !needed.includes(n));
    if (gone.length > 0) await this.stopLanes({ ...former, lanes: gone });
  }

  /** The shared ones one after the other, as every former version has it in its histories. */
  async #eachLane(target: TargetFacts, visit: (ref: LaneRef) => Promise<void>): Promise<void> {
    const lanes = this.#lanes(target);
    for (const ref of lanes.filter(({ n }) => isSharedLane(n))) await visit(ref);
    const own = lanes.filter(({ n }) => !isSharedLane(n));
    await someAtOnce(own, visit);
  }

  async #startLane(ref: LaneRef): Promise<void> {
    const args: [LaneRef & { tuning: Tuning }] = [{ ...ref, tuning: this.tuning() }];
    const started = await isStarted(() =>
      startChild<typeof changeStream>('changeStream', {
        workflowId: laneId(ref),
        parentClosePolicy: ParentClosePolicy.ABANDON,
        cancellationType: 'ABANDON',
        ...inWebUi(`changes → ${ref.target}`, this.attributes(), ref),
        args,
      }),
    );
    if (!started) await isDelivered(laneId(ref), 'wake');
  }

  async startTables(target: string, slugs: readonly string[]): Promise<void> {
    await someAtOnce(slugs, (slug) => this.#startTable(this.#table(target, slug)));
  }

  async wakeTables(target: string, slugs: readonly string[]): Promise<void> {
    await someAtOnce(slugs, async (slug) => {
      await isDelivered(tableId(this.#table(target, slug)), 'wake');
    });
  }

  /** A table whose workflow has ended is started for the command, or the command would be lost. */
  async command(command: Command, target: string, slugs: readonly string[]): Promise<void> {
    const { requestId, by, reason } = command;
    const payload = { requestId, by, reason };
    await someAtOnce(slugs, async (slug) => {
      const ref = this.#table(target, slug);
      const delivered = await isDelivered(tableId(ref), command.command, payload);
      if (delivered || command.command === 'stop') return;
      await this.#startTable(ref);
      await isDelivered(tableId(ref), command.command, payload);
    });
  }

  async startVerification(command: Command): Promise<void> {
    const { pipeline } = this;
    await isStarted(() =>
      startChild<typeof verification>('verification', {
        workflowId: verificationId(pipeline, command.requestId),
        parentClosePolicy: ParentClosePolicy.ABANDON,
        cancellationType: 'ABANDON',
        ...inWebUi(`verify ${command.tables}`, this.attributes(), {
          pipeline,
          target: command.target,
        }),
        args: [
          {
            pipeline,
            tables: command.tables,
            ...(command.target === null ? {} : { target: command.target }),
            tuning: this.tuning(),
          },
        ],
      }),
    );
  }

  async #startTable(ref: TableRef): Promise<void> {
    await isStarted(() =>
      startChild<typeof table>('table', {
        workflowId: tableId(ref),
        parentClosePolicy: ParentClosePolicy.ABANDON,
        cancellationType: 'ABANDON',
        ...inWebUi(`${ref.slug} → ${ref.target}`, this.attributes(), ref),
        args: [{ ...ref, tuning: this.tuning() }],
      }),
    );
  }

  #table(target: string, slug: string): TableRef {
    return { pipeline: this.pipeline, target, slug };
  }

  #lanes({ target, lanes }: TargetFacts): LaneRef[] {
    return laneNumbers({ lanes }).map((n) => ({ pipeline: this.pipeline, target, n }));
  }
}

/** True when it was started now; a running one is as good. */
async function isStarted(start: () => Promise<unknown>): Promise<boolean> {
  try {
    await start();
    return true;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw error;
  }
}

/** False when no workflow of that id runs. */
async function isDelivered(id: string, signal: string, ...args: unknown[]): Promise<boolean> {
  try {
    await getExternalWorkflowHandle(id).signal(signal, ...args);
    return true;
  } catch (error) {
    if (isCancellation(error)) throw error;
    return false;
  }
}

async function someAtOnce<T>(all: readonly T[], visit: (one: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < all.length; at += AT_ONCE) {
    await Promise.all(all.slice(at, at + AT_ONCE).map(visit));
  }
}
