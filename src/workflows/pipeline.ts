/**
 * The supervisor of a pipeline: reconciles configuration, targets and tables, and owns nothing that
 * it cannot rebuild. Tables and lanes are children that outlive it (ABANDON); it wakes them when
 * somebody else (a lane, a row in SQL, a file) changed what they should do.
 */
import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  isCancellation,
  ParentClosePolicy,
  setCurrentDetails,
  setHandler,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  afterFailure,
  backOffMs,
  NO_FAILURES,
  type FailureBudget,
} from '../core/failure-budget.js';
import { laneId, pipelineId, tableId } from '../core/ids.js';
import {
  DEFAULT_TUNING,
  type Command,
  type PipelineFacts,
  type TablePage,
  type TargetFacts,
  type Tuning,
  type WatchResult,
} from '../core/protocol.js';
import { activities, type Activities } from './activity-proxies.js';
import type { changeStream } from './change-stream.js';
import { handleCommands, statusQuery } from './messages.js';
import type { table } from './table.js';

export interface PipelineInput {
  readonly pipeline: string;
  readonly tuning?: Tuning;
  readonly queue?: readonly Command[];
}

const QUEUE_LIMIT = 100;
/** Children are looked after even when nothing changed: one that was terminated comes back. */
const STARTS_AT_ONCE = 20;

export async function pipeline(input: PipelineInput): Promise<void> {
  const expected = pipelineId(input.pipeline ?? '');
  if (workflowInfo().workflowId !== expected) {
    throw ApplicationFailure.nonRetryable(
      `The workflow of pipeline "${input.pipeline}" has to have the id "${expected}".`,
      'COMMAND_INVALID',
    );
  }
  await new PipelineLife(input).run();
}

class PipelineLife {
  readonly #pipeline: string;
  #tuning: Tuning;
  #do: Activities;
  #queue: Command[];
  #facts: PipelineFacts | null = null;
  #budget: FailureBudget = NO_FAILURES;
  #rejected: string[] = [];
  #fault: string | null = null;
  #stopped = false;
  readonly #verifying = new Map<string, CancellationScope>();

  constructor(input: PipelineInput) {
    this.#pipeline = input.pipeline;
    this.#tuning = input.tuning ?? DEFAULT_TUNING;
    this.#do = activities(this.#tuning, input.pipeline);
    this.#queue = [...(input.queue ?? [])];
    handleCommands(
      (command) => this.#record(command),
      (message) => (this.#rejected = [...this.#rejected, message].slice(-20)),
    );
    setHandler(statusQuery, () => this.#status());
  }

  async run(): Promise<void> {
    let due = true;
    while (!this.#stopped) {
      if (workflowInfo().continueAsNewSuggested) return this.#rollOver();
      try {
        if (due) await this.#reconcile();
        due = this.#queue.some((command) => command.command === 'applyConfig');
        const result = await this.#watchRound();
        this.#budget = NO_FAILURES;
        this.#fault = null;
        if (result !== null) await this.#dispatch(result);
        due ||= result?.reconcile ?? false;
        await this.#carryOutQueue();
      } catch (error) {
        if (isCancellation(error)) throw error;
        due = true;
        await this.#recover(error);
      }
    }
    this.#endVerification();
    await condition(allHandlersFinished);
  }

  async #reconcile(): Promise<void> {
    const facts = await this.#do.control.reconcilePipeline({ pipeline: this.#pipeline });
    this.#facts = facts;
    this.#tuning = facts.tuning;
    this.#do = activities(facts.tuning, this.#pipeline);
    for (const target of facts.targets) {
      for (let n = 0; n < target.lanes; n++) await this.#startLane(target, n);
      await this.#startMissing(target.target);
      this.#keepVerifying(target);
    }
    setCurrentDetails(
      `**${this.#pipeline}** revision ${facts.revision}: ` +
        facts.targets.map((t) => `${t.target} (${t.tables} tables)`).join(', '),
    );
  }

  async #startLane(target: TargetFacts, n: number): Promise<void> {
    const ref = { pipeline: this.#pipeline, target: target.target, n };
    const started = await this.#start(() =>
      startChild<typeof changeStream>('changeStream', {
        workflowId: laneId(ref),
        parentClosePolicy: ParentClosePolicy.ABANDON,
        args: [{ ...ref, tuning: this.#tuning }],
      }),
    );
    if (!started) await this.#wake(laneId(ref));
  }

  /** Tables whose workflow does not run: new ones, and those that somebody terminated. */
  async #startMissing(target: string): Promise<void> {
    for (let after: string | null = ''; after !== null;) {
      const page: TablePage = await this.#do.control.missingTables({
        pipeline: this.#pipeline,
        target,
        after,
      });
      await this.#startTables(target, page.slugs);
      after = page.next;
    }
  }

  async #startTables(target: string, slugs: readonly string[]): Promise<void> {
    for (let at = 0; at < slugs.length; at += STARTS_AT_ONCE) {
      const some = slugs.slice(at, at + STARTS_AT_ONCE);
      await Promise.all(some.map((slug) => this.#startTable(target, slug)));
    }
  }

  async #startTable(target: string, slug: string): Promise<void> {
    const ref = { pipeline: this.#pipeline, target, slug };
    await this.#start(() =>
      startChild<typeof table>('table', {
        workflowId: tableId(ref),
        parentClosePolicy: ParentClosePolicy.ABANDON,
        args: [{ ...ref, tuning: this.#tuning }],
      }),
    );
  }

  /** True when it was started now; a running one is as good. */
  async #start(start: () => Promise<unknown>): Promise<boolean> {
    try {
      await start();
      return true;
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
      throw error;
    }
  }

  async #wake(workflowId: string): Promise<void> {
    await this.#signal(workflowId, 'wake', []);
  }

  /** A child that ended meanwhile needs no signal: the next reconcile starts it again. */
  async #signal(workflowId: string, name: string, args: unknown[]): Promise<void> {
    try {
      await getExternalWorkflowHandle(workflowId).signal(name, ...args);
    } catch (error) {
      if (isCancellation(error)) throw error;
    }
  }

  /** Verification by interval: one long activity per target, restarted when it returns. */
  #keepVerifying(target: TargetFacts): void {
    if (this.#verifying.has(target.target)) return;
    const scope = new CancellationScope();
    this.#verifying.set(target.target, scope);
    const ref = { pipeline: this.#pipeline, target: target.target };
    void scope
      .run(async () => {
        for (;;) {
          try {
            await this.#do.verify.verifyContinuously(ref);
          } catch (error) {
            if (isCancellation(error)) throw error;
            await condition(() => false, this.#tuning.backOffMs * 12);
          }
        }
      })
      .catch(() => undefined);
  }

  #endVerification(): void {
    for (const scope of this.#verifying.values()) scope.cancel();
    this.#verifying.clear();
  }

  /** Watch until something changed or somebody gave a command here. */
  async #watchRound(): Promise<WatchResult | null> {
    if (this.#queue.length > 0) return null;
    const scope = new CancellationScope();
    const revision = this.#facts?.revision ?? '';
    let ended = false;
    const running = scope
      .run(() => this.#do.watch.watchPipeline({ pipeline: this.#pipeline, revision }))
      .finally(() => (ended = true));
    const settled = running.then(
      (result) => ({ result }),
      (error: unknown) => ({ error }),
    );
    await condition(() => ended || this.#queue.length > 0);
    if (!ended) scope.cancel();
    const outcome = await settled;
    if ('result' in outcome) return outcome.result;
    if (isCancellation(outcome.error)) return null;
    throw outcome.error;
  }

  async #dispatch(result: WatchResult): Promise<void> {
    for (const { target, slugs } of result.attention) {
      for (const slug of slugs) {
        await this.#wake(tableId({ pipeline: this.#pipeline, target, slug }));
      }
    }
    for (const { command, target, slugs } of result.commands) {
      await this.#toTables(command, target, slugs);
      await this.#do.control.answerCommand({
        pipeline: this.#pipeline,
        target,
        requestId: command.requestId,
        answer: slugs.length === 0 ? 'no table matches' : `sent to ${slugs.length} table(s)`,
      });
    }
  }

  async #carryOutQueue(): Promise<void> {
    for (;;) {
      const [command] = this.#queue;
      if (command === undefined) return;
      for (const target of this.#facts?.targets ?? []) {
        if (command.target !== null && command.target !== target.target) continue;
        await this.#eachPage(target.target, command.tables, (slugs) =>
          this.#toTables(command, target.target, slugs),
        );
        if (command.command === 'stop' && command.tables === '*') await this.#stopLanes(target);
      }
      if (command.command === 'stop' && command.tables === '*') this.#stopped = true;
      this.#queue.shift();
    }
  }

  async #stopLanes(target: TargetFacts): Promise<void> {
    for (let n = 0; n < target.lanes; n++) {
      const id = laneId({ pipeline: this.#pipeline, target: target.target, n });
      await this.#signal(id, 'stop', [{}]);
    }
  }

  async #toTables(command: Command, target: string, slugs: readonly string[]): Promise<void> {
    const { requestId, by, reason } = command;
    for (const slug of slugs) {
      const id = tableId({ pipeline: this.#pipeline, target, slug });
      await this.#signal(id, command.command, [{ requestId, by, reason }]);
    }
  }

  async #eachPage(
    target: string,
    pattern: string,
    visit: (slugs: readonly string[]) => Promise<void>,
  ): Promise<void> {
    for (let after: string | null = ''; after !== null;) {
      const page: TablePage = await this.#do.control.matchTables({
        pipeline: this.#pipeline,
        target,
        pattern,
        after,
      });
      await visit(page.slugs);
      after = page.next;
    }
  }

  #record(command: Command): void {
    if (this.#queue.some((queued) => queued.requestId === command.requestId)) return;
    if (this.#queue.length < QUEUE_LIMIT) this.#queue.push(command);
  }

  async #recover(error: unknown): Promise<void> {
    this.#budget = afterFailure(this.#budget);
    let cause: unknown = error;
    while (cause instanceof Error && cause.cause instanceof Error) cause = cause.cause;
    this.#fault = cause instanceof Error ? cause.message : String(cause);
    setCurrentDetails(`**${this.#pipeline}** waits after a failure: ${this.#fault}`);
    const queued = this.#queue.length;
    const pause = backOffMs(this.#budget, this.#tuning.backOffMs);
    await condition(() => this.#queue.length > queued, pause);
    if (this.#queue.some((command) => command.command === 'stop')) await this.#carryOutQueue();
  }

  async #rollOver(): Promise<void> {
    this.#endVerification();
    await condition(allHandlersFinished);
    await continueAsNew<typeof pipeline>({
      pipeline: this.#pipeline,
      tuning: this.#tuning,
      queue: this.#queue,
    });
  }

  #status(): unknown {
    return {
      pipeline: this.#pipeline,
      revision: this.#facts?.revision ?? null,
      targets: this.#facts?.targets ?? [],
      waiting: this.#queue.map((command) => command.command),
      rejected: this.#rejected,
      fault: this.#fault,
    };
  }
}
