/**
 * A table's life, one workflow per table and target. The truth is in the target; this workflow
 * reads it, asks the pure reducer what to do, does one step, and looks again. While the table
 * streams it is idle and costs nothing: its changes flow in its lane.
 */
import {
  ActivityFailure,
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  executeChild,
  isCancellation,
  ParentClosePolicy,
  setHandler,
  workflowInfo,
  sleep,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { afterFailure, backOffMs, isExhausted, NO_FAILURES } from '../core/failure-budget.js';
import { fullSyncId } from '../core/ids.js';
import { DEFAULT_TUNING, type TableFacts, type TableRef, type Tuning } from '../core/protocol.js';
import {
  afterCommand,
  afterEpochBegan,
  FRESH_MEMORY,
  interrupts,
  nextStep,
  recordCommand,
  type TableMemory,
  type TableStep,
} from '../core/table-life.js';
import { activities, type Activities } from './activity-proxies.js';
import type { fullSync } from './full-sync.js';
import { handleCommands, statusQuery, wakeSignal } from './messages.js';
import { visibility } from './visibility.js';

export interface TableInput extends TableRef {
  readonly tuning?: Tuning;
  readonly memory?: TableMemory;
}

export async function table(input: TableInput): Promise<void> {
  await new TableLife(input).run();
}

class TableLife {
  readonly #ref: TableRef;
  readonly #tuning: Tuning;
  readonly #do: Activities;
  readonly #show = visibility();
  #memory: TableMemory;
  #facts: TableFacts | null = null;
  #woken = false;
  #doing = 'starting';
  #lastFault: string | null = null;

  constructor(input: TableInput) {
    this.#ref = { pipeline: input.pipeline, target: input.target, slug: input.slug };
    this.#tuning = input.tuning ?? DEFAULT_TUNING;
    this.#memory = input.memory ?? FRESH_MEMORY;
    this.#do = activities(this.#tuning, `${input.slug} → ${input.target}`);
    handleCommands(
      (command) => (this.#memory = recordCommand(this.#memory, command)),
      (message) => (this.#lastFault = message),
    );
    setHandler(wakeSignal, () => void (this.#woken = true));
    setHandler(statusQuery, () => this.#status());
  }

  async run(): Promise<void> {
    for (;;) {
      if (workflowInfo().continueAsNewSuggested) return this.#rollOver();
      try {
        this.#woken = false;
        const facts = await this.#do.control.readTable(this.#ref);
        if (facts === null) return;
        this.#facts = facts;
        const step = nextStep(facts, this.#memory, Date.now());
        this.#doing = step.kind;
        this.#publish(facts);
        if (step.kind === 'end') return;
        await this.#take(step);
      } catch (error) {
        await this.#recover(error);
      }
    }
  }

  async #take(step: TableStep): Promise<void> {
    const { control, copy } = this.#do;
    switch (step.kind) {
      case 'command':
        await control.controlTable({ ...this.#ref, command: step.command });
        this.#memory = afterCommand(this.#memory, step.command);
        return;
      case 'bootstrap':
        await copy.bootstrapTable(this.#ref);
        this.#memory = { ...this.#memory, resync: firstEpoch(this.#ref) };
        return;
      case 'beginEpoch':
        await copy.beginEpoch({ ...this.#ref, reason: step.reason, requestId: step.requestId });
        this.#memory = afterEpochBegan(this.#memory, Date.now());
        return;
      case 'fullSync':
        await this.#interruptible(() => this.#runFullSync(step.epoch));
        break;
      case 'resume':
        await this.#interruptible(() => copy.resumeTable(this.#ref));
        break;
      case 'poll':
        await this.#interruptible(() => copy.pollTable(this.#ref));
        break;
      case 'detach':
        await control.detachTable(this.#ref);
        return;
      case 'rest':
        await condition(() => this.#woken || this.#memory.queue.length > 0);
        return;
      case 'end':
        return;
    }
    this.#memory = { ...this.#memory, budget: NO_FAILURES };
  }

  async #runFullSync(epoch: string): Promise<void> {
    const ref = { ...this.#ref, epoch };
    try {
      await executeChild<typeof fullSync>('fullSync', {
        workflowId: fullSyncId(ref),
        parentClosePolicy: ParentClosePolicy.ABANDON,
        cancellationType: 'WAIT_CANCELLATION_COMPLETED',
        args: [{ ...ref, tuning: this.#tuning, copyLanes: this.#facts?.copyLanes ?? 1 }],
      });
    } catch (error) {
      // A run of an earlier life of this workflow is still at work: it finishes the same epoch.
      if (error instanceof WorkflowExecutionAlreadyStartedError) await sleep('5 seconds');
      else throw error;
    }
  }

  /** Run work that a pausing, resyncing or stopping command cancels, and await its end. */
  async #interruptible(work: () => Promise<unknown>): Promise<void> {
    const scope = new CancellationScope();
    let ended = false;
    const running = scope.run(work).finally(() => (ended = true));
    const settled = running.then(
      () => null,
      (error: unknown) => ({ error }),
    );
    await condition(() => ended || this.#memory.queue.some(interrupts));
    if (!ended) scope.cancel();
    const failure = await settled;
    if (failure !== null && !isCancellation(failure.error)) throw failure.error;
  }

  async #recover(error: unknown): Promise<void> {
    if (isCancellation(error) && CancellationScope.current().consideredCancelled) throw error;
    const fault = faultOf(error);
    this.#lastFault = fault.message;
    this.#memory = { ...this.#memory, budget: afterFailure(this.#memory.budget) };
    if (fault.permanent || isExhausted(this.#memory.budget)) {
      this.#memory = { ...this.#memory, resync: null };
      await this.#quarantine(fault);
      return;
    }
    const pause = backOffMs(this.#memory.budget, this.#tuning.backOffMs);
    await condition(() => this.#memory.queue.length > 0, pause);
  }

  /** The target may be the thing that is broken: then wait and let the next round try again. */
  async #quarantine(fault: { code: string; message: string }): Promise<void> {
    try {
      await this.#do.control.quarantineTable({ ...this.#ref, ...fault });
    } catch {
      await condition(() => this.#memory.queue.length > 0, this.#tuning.backOffMs * 6);
    }
  }

  async #rollOver(): Promise<void> {
    await condition(allHandlersFinished);
    await continueAsNew<typeof table>({
      ...this.#ref,
      tuning: this.#tuning,
      memory: this.#memory,
    });
  }

  #publish(facts: TableFacts): void {
    this.#show(
      {
        pipeline: this.#ref.pipeline,
        target: this.#ref.target,
        table: facts.name,
        phase: facts.phase,
        fault: facts.faultCode,
        epoch: Number(facts.epoch),
      },
      facts.attributes,
      `**${facts.name}** → ${this.#ref.target}: ${facts.phase}, epoch ${facts.epoch}, ` +
        `${facts.rowsCopied} rows copied${facts.faultCode === null ? '' : `, ${facts.faultCode}`}`,
    );
  }

  #status(): unknown {
    return {
      ...this.#ref,
      doing: this.#doing,
      facts: this.#facts,
      waiting: this.#memory.queue.map((command) => command.command),
      failures: this.#memory.budget.failures,
      lastFault: this.#lastFault,
    };
  }
}

function firstEpoch(ref: TableRef): { reason: string; requestId: string } {
  return { reason: 'first copy', requestId: `first-${ref.slug}` };
}

function faultOf(error: unknown): { code: string; message: string; permanent: boolean } {
  const cause = rootFailure(error);
  if (cause instanceof ApplicationFailure) {
    return {
      code: cause.type ?? 'UNEXPECTED',
      message: cause.message,
      permanent: cause.nonRetryable === true && cause.type !== 'FENCED_OUT',
    };
  }
  const message =
    error instanceof ActivityFailure ? 'The worker did not answer in time.' : String(error);
  return { code: 'UNEXPECTED', message, permanent: false };
}

/** The innermost failure: activity and child failures wrap the one that says what happened. */
function rootFailure(error: unknown): unknown {
  let current = error;
  while (current instanceof Error && current.cause instanceof Error) current = current.cause;
  return current;
}
