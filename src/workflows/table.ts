/**
 * A table's life, one workflow per table and target. The truth is in the target; this workflow
 * reads it, asks the pure reducer what to do, does one step, and looks again. While the table
 * streams it is idle and costs nothing: its changes flow in its lane.
 *
 * It ends only when the table is gone or somebody stops it. Cancelled, it ends after the work that
 * runs has ended; its pipeline then brings it back, as after a termination.
 */
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  ParentClosePolicy,
  patched,
  setCurrentDetails,
  setHandler,
  startChild,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { record, type Recorded } from '../core/command-log.js';
import { afterFailure, backOffMs, MAX_FAILURES, NO_FAILURES } from '../core/failure-budget.js';
import { tableId, verificationId } from '../core/ids.js';
import type { Command, TableFacts, TableRef, Tuning } from '../core/protocol.js';
import { afterFailedStep, type Failure } from '../core/table-failure.js';
import {
  afterBootstrap,
  afterCommand,
  afterEpochBegan,
  afterPoll,
  afterQuarantine,
  FRESH_MEMORY,
  interrupts,
  nextStep,
  noteProgress,
  type TableMemory,
  type TableStep,
} from '../core/table-life.js';
import { activities, type Activities } from './activity-proxies.js';
import { tableDetails } from './details.js';
import { failureOf } from './fault.js';
import { endFullSync, runFullSync } from './full-sync-child.js';
import { requireId, requireNames, tuningOf } from './input.js';
import { interruptible } from './interruptible.js';
import { handleCommands, statusQuery, wakeSignal } from './messages.js';
import { Rejections, type CarriedRejections } from './rejections.js';
import { isDueToRollOver } from './roll-over.js';
import { untilDone } from './until-done.js';
import type { verification } from './verification.js';
import { inWebUi, visibility } from './visibility.js';

export interface TableInput extends TableRef, CarriedRejections {
  readonly tuning?: Tuning;
  /** Of the former run. */
  readonly memory?: TableMemory;
}

export async function table(input: TableInput): Promise<void> {
  requireNames(input, 'pipeline', 'target', 'slug');
  requireId('this table', tableId(input));
  await new TableLife(input).run();
}

/** Runs that began before look after every step. */
const FACTS_AT_HAND = 'facts-at-hand';
/** A waiting queue holds one command of each name, so this is never reached. */
const QUEUE_LIMIT = 20;
/** Codes of a look that fails because the table has no place in the configuration any more. */
const GONE = ['PIPELINE_UNKNOWN', 'TARGET_UNKNOWN', 'TABLE_UNKNOWN'];
/** Phases in which an earlier life of this workflow may have left a full sync at work. */
const MAY_BE_COPYING = ['fullSync', 'catchingUp', 'quarantined'];

class TableLife {
  readonly #ref: TableRef;
  readonly #tuning: Tuning;
  readonly #do: Activities;
  readonly #show = visibility();
  readonly #rejections: Rejections;
  #memory: TableMemory;
  #facts: TableFacts | null = null;
  /** The facts as the last step left them, so that nobody has to look again. */
  #atHand: TableFacts | null = null;
  /** Failures to read the facts: they belong to a server or the configuration, not to the table. */
  #blind = NO_FAILURES;
  #woken = false;
  /** Commands ever recorded: a new one ends a back-off, one that waits does not. */
  #heard = 0;
  #firstLife: boolean;
  #ended = false;
  #doing = 'starting';
  #lastFault: string | null = null;

  constructor(input: TableInput) {
    this.#ref = { pipeline: input.pipeline, target: input.target, slug: input.slug };
    this.#tuning = tuningOf(input.tuning);
    this.#firstLife = input.memory === undefined;
    this.#memory = input.memory ?? FRESH_MEMORY;
    this.#rejections = new Rejections(input);
    this.#do = activities(this.#tuning, `${input.slug} → ${input.target}`);
    handleCommands((command) => this.#record(command), this.#rejections);
    setHandler(wakeSignal, () => void (this.#woken = true));
    setHandler(statusQuery, () => this.#status());
  }

  async run(): Promise<void> {
    while (!this.#ended) {
      if (isDueToRollOver(this.#tuning)) return this.#rollOver();
      const facts = this.#takeAtHand() ?? (await this.#look());
      if (facts === null) continue;
      const step = nextStep(facts, this.#memory, Date.now());
      this.#doing = step.kind;
      this.#publish(facts);
      try {
        await this.#take(step, facts);
      } catch (error) {
        await this.#recover(step, error);
      }
      await this.#tellRejections();
    }
    await condition(allHandlersFinished);
  }

  /** A wake says that somebody else changed something since. */
  #takeAtHand(): TableFacts | null {
    const facts = this.#woken ? null : this.#atHand;
    this.#atHand = null;
    this.#woken = false;
    if (facts !== null) this.#note(facts);
    return facts;
  }

  #keepAtHand(facts: TableFacts): void {
    if (patched(FACTS_AT_HAND)) this.#atHand = facts;
  }

  #note(facts: TableFacts): void {
    this.#memory = noteProgress(this.#memory, facts);
    this.#facts = facts;
  }

  /** Null when there is nothing to decide on: the table is gone, or cannot be seen just now. */
  async #look(): Promise<TableFacts | null> {
    try {
      const facts = await this.#do.control.readTable(this.#ref);
      this.#blind = NO_FAILURES;
      if (facts !== null) this.#note(facts);
      else {
        this.#ended = true;
        this.#facts = null;
      }
      return facts;
    } catch (error) {
      if (isCancelled(error)) throw error;
      const failure = failureOf(error);
      this.#blind = afterFailure(this.#blind, GONE.includes(failure.code));
      await this.#backOff(failure, backOffMs(this.#blind, this.#tuning.backOffMs));
      const stops = this.#memory.queue.some((command) => command.command === 'stop');
      this.#ended = stops || this.#blind.failures >= MAX_FAILURES;
      return null;
    }
  }

  async #take(step: TableStep, facts: TableFacts): Promise<void> {
    const { control, copy } = this.#do;
    switch (step.kind) {
      case 'command':
        this.#keepAtHand(await control.controlTable({ ...this.#ref, command: step.command }));
        if (step.command.command === 'verify') await this.#startVerification(step.command);
        this.#memory = afterCommand(this.#memory, step.command);
        return;
      case 'quarantine':
        await control.quarantineTable({ ...this.#ref, code: step.code, message: step.message });
        this.#memory = afterQuarantine(this.#memory);
        return;
      case 'bootstrap':
        await copy.bootstrapTable(this.#ref);
        this.#memory = afterBootstrap(this.#memory);
        this.#keepAtHand(facts);
        return;
      case 'beginEpoch':
        await this.#endLeftover(facts);
        await copy.beginEpoch({ ...this.#ref, reason: step.reason, requestId: step.requestId });
        this.#memory = afterEpochBegan(this.#memory, step, Date.now());
        return;
      case 'pause':
        await control.pauseTable(this.#ref);
        return;
      case 'fullSync':
      case 'resume':
      case 'poll':
        return this.#work(step);
      case 'detach':
        await this.#endLeftover(facts);
        await control.detachTable(this.#ref);
        return;
      case 'rest':
        await this.#endLeftover(facts);
        await this.#rest();
        // A command is carried out whatever the facts are, and a rejection changes none.
        this.#keepAtHand(facts);
        return;
      case 'end':
        await this.#endLeftover(facts);
        this.#ended = true;
    }
  }

  /** Nothing to do: no timer, no event, until a message comes. */
  async #rest(): Promise<void> {
    const isCalled = (): boolean =>
      this.#woken || this.#memory.queue.length > 0 || this.#rejections.untold;
    await condition(isCalled);
  }

  /** Long work on the table's data, until it ends or something else is wanted. */
  async #work(step: Extract<TableStep, { kind: 'fullSync' | 'resume' | 'poll' }>): Promise<void> {
    const done = await interruptible(
      () => this.#start(step),
      async (ended) => {
        while (!ended() && !this.#isInterrupted() && !(await this.#isOvertaken())) {
          await condition(() => ended() || this.#isInterrupted() || this.#woken);
        }
      },
    );
    if (done === undefined) return;
    this.#memory = { ...this.#memory, budget: NO_FAILURES };
    // Told to pause by the target, while the facts say run: they will agree in a moment.
    if (done === 'paused') await this.#backOff(null, this.#tuning.backOffMs);
  }

  async #start(step: TableStep): Promise<'done' | 'paused'> {
    const { copy } = this.#do;
    if (step.kind === 'fullSync') {
      const result = await runFullSync({
        ...this.#ref,
        epoch: step.epoch,
        tuning: this.#tuning,
        copyLanes: this.#facts?.copyLanes ?? 1,
        attributes: this.#facts?.attributes ?? false,
      });
      return result?.paused === true ? 'paused' : 'done';
    }
    if (step.kind === 'poll') {
      const { detail } = await this.#do.stream.pollTable(this.#ref);
      this.#memory = afterPoll(this.#memory, detail, this.#facts?.epoch ?? '');
    } else
      await untilDone(
        () => copy.resumeTable(this.#ref),
        (detail) => (this.#doing = detail),
      );
    return 'done';
  }

  #isInterrupted(): boolean {
    return this.#memory.queue.some(interrupts);
  }

  /** After a wake: whether the facts ask for rest, although work is going on. */
  async #isOvertaken(): Promise<boolean> {
    if (!this.#woken) return false;
    this.#woken = false;
    try {
      const facts = await this.#do.control.readTable(this.#ref);
      if (facts === null) return true;
      const without = { ...this.#memory, queue: [] };
      const next = nextStep(facts, without, Date.now());
      return ['rest', 'pause', 'detach', 'end', 'beginEpoch'].includes(next.kind);
    } catch (error) {
      if (isCancelled(error)) throw error;
      return false; // the work itself will find out
    }
  }

  /** Once in a life: what an earlier life of this workflow left at work ends before other steps. */
  async #endLeftover(facts: TableFacts): Promise<void> {
    if (!this.#firstLife) return;
    this.#firstLife = false;
    if (!MAY_BE_COPYING.includes(facts.phase)) return;
    await endFullSync({ ...this.#ref, epoch: facts.epoch });
  }

  async #startVerification(command: Command): Promise<void> {
    const { pipeline, target, slug } = this.#ref;
    try {
      await startChild<typeof verification>('verification', {
        workflowId: verificationId(pipeline, `${command.requestId}/${target}/${slug}`),
        parentClosePolicy: ParentClosePolicy.ABANDON,
        ...inWebUi(`verify ${slug} on ${target}`, this.#facts?.attributes ?? false, this.#ref),
        args: [{ pipeline, target, slug, tuning: this.#tuning }],
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  }

  async #recover(step: TableStep, error: unknown): Promise<void> {
    if (isCancelled(error)) throw error;
    this.#atHand = null;
    const failure = failureOf(error);
    this.#memory = afterFailedStep(this.#memory, step, failure);
    this.#lastFault = `${failure.code}: ${failure.message}`;
    const dropped = step.kind === 'command' && !this.#memory.queue.includes(step.command);
    if (dropped) {
      this.#rejections.add(`${step.command.command} was not carried out: ${failure.message}`);
    } else if (this.#memory.fault === null || step.kind === 'quarantine') {
      await this.#backOff(failure, backOffMs(this.#memory.budget, this.#tuning.backOffMs));
    }
  }

  /** A command that comes meanwhile, or a wake, ends the wait: somebody may have mended it. */
  async #backOff(failure: Failure | null, pauseMs: number): Promise<void> {
    if (failure !== null) {
      this.#lastFault = `${failure.code}: ${failure.message}`;
      setCurrentDetails(`**${this.#ref.slug}** waits after a failure: ${this.#lastFault}`);
    }
    const heard = this.#heard;
    await condition(() => this.#heard > heard || this.#woken, pauseMs);
  }

  #record(command: Command): Recorded {
    // To a table a command is for it alone, whatever pattern it came with.
    const own = { ...command, tables: '*', target: null };
    const { log, outcome } = record(this.#memory, own, QUEUE_LIMIT);
    this.#memory = { ...this.#memory, ...log };
    if (outcome === 'recorded') this.#heard += 1;
    return outcome;
  }

  async #tellRejections(): Promise<void> {
    const { pipeline, target, slug } = this.#ref;
    await this.#rejections.tell((message) =>
      this.#do.control.recordRejected({ pipeline, message: `${target}, ${slug}: ${message}` }),
    );
  }

  async #rollOver(): Promise<void> {
    await condition(allHandlersFinished);
    await continueAsNew<typeof table>({
      ...this.#ref,
      tuning: this.#tuning,
      memory: this.#memory,
      ...this.#rejections.carried,
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
      tableDetails(facts, this.#ref.target, this.#doing),
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
      rejected: this.#rejections.newest,
    };
  }
}

/** Somebody cancelled this workflow; a step that was cut off is another matter. */
function isCancelled(error: unknown): boolean {
  return isCancellation(error) && CancellationScope.current().consideredCancelled;
}
