/**
 * The supervisor of a pipeline: reconciles configuration, targets and tables, and owns nothing that
 * it cannot rebuild. It wakes its children when somebody else (a lane, a row in SQL, a file)
 * changed what they should do. Cancelled, it ends and leaves its children at work; `stop` ends them.
 */
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import {
  NO_COMMANDS,
  record,
  settle,
  type CommandLog,
  type Recorded,
} from '../core/command-log.js';
import { afterFailure, backOffMs, NO_FAILURES } from '../core/failure-budget.js';
import { pipelineId } from '../core/ids.js';
import type {
  AddressedCommand,
  Command,
  PipelineFacts,
  TablePage,
  TargetFacts,
  Tuning,
  WatchResult,
} from '../core/protocol.js';
import { activities, type Activities } from './activity-proxies.js';
import { Children } from './children.js';
import { ContinuousVerification } from './continuous-verification.js';
import { pipelineDetails } from './details.js';
import { failureOf } from './fault.js';
import { requireId, requireNames, tuningOf } from './input.js';
import { interruptible } from './interruptible.js';
import { handleCommands, statusQuery } from './messages.js';
import { Rejections } from './rejections.js';
import { isDueToRollOver } from './roll-over.js';
import { namePipeline } from './visibility.js';

export interface PipelineInput {
  readonly pipeline: string;
  readonly tuning?: Tuning;
  /** Of the former run. */
  readonly carried?: Carried;
}

/** What one run hands to the next. */
interface Carried {
  readonly log: CommandLog;
  readonly facts: PipelineFacts | null;
  readonly answers: readonly Answer[];
  readonly rejected: readonly string[];
}

/** What a command that came by SQL is to be told. */
interface Answer {
  readonly target: string;
  readonly requestId: string;
  readonly answer: string;
}

const QUEUE_LIMIT = 50;
/** Longer than this nobody waits for a mended configuration to be seen. */
const LONGEST_BACK_OFF_MS = 60_000;

export async function pipeline(input: PipelineInput): Promise<void> {
  requireNames(input, 'pipeline');
  requireId(`pipeline "${input.pipeline}"`, pipelineId(input.pipeline));
  await new PipelineLife(input).run();
}

class PipelineLife {
  readonly #pipeline: string;
  readonly #children: Children;
  readonly #verification: ContinuousVerification;
  readonly #rejections: Rejections;
  #tuning: Tuning;
  #do: Activities;
  #log: CommandLog;
  #facts: PipelineFacts | null;
  #answers: readonly Answer[];
  #budget = NO_FAILURES;
  /** Commands ever recorded: a new one ends a back-off, one that waits does not. */
  #heard = 0;
  #fault: string | null = null;
  #due = true;
  /** It has the search attribute of its name, which outlives a run. */
  #named: boolean;
  #stopped = false;

  constructor(input: PipelineInput) {
    const carried = input.carried;
    this.#pipeline = input.pipeline;
    this.#tuning = tuningOf(input.tuning);
    this.#do = activities(this.#tuning, input.pipeline);
    this.#log = carried?.log ?? NO_COMMANDS;
    this.#facts = carried?.facts ?? null;
    this.#named = carried !== undefined;
    this.#answers = carried?.answers ?? [];
    this.#rejections = new Rejections(carried?.rejected);
    this.#children = new Children(
      input.pipeline,
      () => this.#tuning,
      () => this.#facts?.attributes ?? false,
    );
    this.#verification = new ContinuousVerification(input.pipeline);
    handleCommands((command) => this.#record(command), this.#rejections);
    setHandler(statusQuery, () => this.#status());
  }

  async run(): Promise<void> {
    try {
      while (!this.#stopped) {
        if (isDueToRollOver(this.#tuning)) return await this.#rollOver();
        try {
          await this.#round();
          this.#budget = NO_FAILURES;
        } catch (error) {
          await this.#recover(error);
        }
      }
      await this.#verification.end();
      await condition(allHandlersFinished);
    } catch (error) {
      // Cancelled: nothing that this workflow started itself may outlive it.
      await CancellationScope.nonCancellable(() => this.#verification.end());
      throw error;
    }
  }

  async #round(): Promise<void> {
    await inTurn(
      async () => (this.#due ? this.#reconcile() : undefined),
      () => this.#carryOutQueue(),
      () => this.#answerAll(),
      () => this.#tellRejections(),
    );
    this.#fault = null;
    if (this.#stopped || this.#isDisturbed()) return;
    const result = await interruptible(
      () => this.#watch(),
      (ended) => condition(() => ended() || this.#isDisturbed()),
    );
    if (result === undefined) return;
    this.#due ||= result.reconcile;
    await this.#dispatch(result);
  }

  #isDisturbed(): boolean {
    return this.#log.queue.length > 0 || this.#rejections.untold;
  }

  async #watch(): Promise<WatchResult> {
    const revision = this.#facts?.revision ?? '';
    return this.#do.watch.watchPipeline({ pipeline: this.#pipeline, revision });
  }

  async #reconcile(): Promise<void> {
    const former = this.#facts?.targets ?? [];
    const facts = await this.#do.control.reconcilePipeline({ pipeline: this.#pipeline });
    this.#facts = facts;
    this.#tuning = tuningOf(facts.tuning);
    this.#do = activities(this.#tuning, this.#pipeline);
    const names = facts.targets.map((target) => target.target);
    for (const gone of former.filter((target) => !names.includes(target.target))) {
      await this.#children.stopLanes(gone);
    }
    for (const target of facts.targets) {
      // The watch asks for another reconcile when a target that is away answers again.
      if (target.away != null) continue;
      await this.#children.startLanes(target);
      // Tables whose workflow does not run: new ones, and those that somebody terminated.
      await this.#eachPage(
        (after) => this.#do.control.missingTables({ ...this.#of(target), after }),
        (slugs) => this.#children.startTables(target.target, slugs),
      );
    }
    const work = { verify: this.#do.verify, tuning: this.#tuning };
    this.#verification.keep(names, facts.revision, work);
    this.#due = false;
    setCurrentDetails(pipelineDetails(this.#pipeline, facts));
    if (facts.attributes && !this.#named) namePipeline(this.#pipeline);
    this.#named = true;
  }

  /** What the watch found elsewhere. The commands of SQL were taken: they go out before all else. */
  async #dispatch(result: WatchResult): Promise<void> {
    for (const addressed of result.commands) {
      const { command, target } = addressed;
      const answer = await this.#deliver(addressed);
      this.#answers = [...this.#answers, { target, requestId: command.requestId, answer }];
    }
    for (const { target, slugs } of result.attention) {
      await this.#children.wakeTables(target, slugs);
    }
  }

  /** Returns what the one who asked is told. A command for very many tables joins the queue. */
  async #deliver({ command, target, slugs, all }: AddressedCommand): Promise<string> {
    if (all === undefined) {
      await this.#children.command(command, target, slugs);
      return slugs.length === 0 ? 'no table matches' : `sent to ${slugs.length} table(s)`;
    }
    // Numbers of rows in two targets may be the same.
    const requestId = `${command.requestId}@${target}`;
    const outcome = this.#record({ ...command, requestId, tables: all.pattern, target });
    return outcome === 'full'
      ? 'not carried out: too many commands wait; ask again later'
      : `sent to ${all.tables} table(s)`;
  }

  async #answerAll(): Promise<void> {
    for (const answer of this.#answers) {
      await this.#do.control.answerCommand({ pipeline: this.#pipeline, ...answer });
      this.#answers = this.#answers.filter((other) => other !== answer);
    }
  }

  /**
   * Each command to each of its targets. A target that is away keeps its commands waiting, in their
   * order, and nobody else's: those that went out go out again, and tables know them by their id.
   */
  async #carryOutQueue(): Promise<void> {
    const away = new Map<string, unknown>();
    for (const command of this.#log.queue) {
      if (await this.#carryOut(command, away)) {
        this.#log = { ...this.#log, queue: settle(this.#log, command) };
      }
    }
    for (const failure of away.values()) throw failure;
  }

  /** False when it has to wait for a target that is away. */
  async #carryOut(command: Command, away: Map<string, unknown>): Promise<boolean> {
    const all = this.#facts?.targets ?? [];
    const { tables, target: wanted } = command;
    const targets = all.filter((target) => wanted === null || target.target === wanted);
    switch (command.command) {
      case 'applyConfig':
        await this.#reconcile();
        return true;
      case 'verify':
        await this.#children.startVerification(command);
        return true;
      case 'stop':
        if (tables === '*' && wanted === null) return this.#stop(command, targets, away);
        this.#rejections.add(
          'The command stop was rejected: it ends a whole pipeline; pause tables or a target.',
        );
        return true;
      default: {
        const sent = await this.#toMatching(command, targets, away);
        if (sent === 0) {
          this.#rejections.add(`The command ${command.command} was rejected: no table matches.`);
        }
        return sent !== null;
      }
    }
  }

  async #stop(
    command: Command,
    targets: readonly TargetFacts[],
    away: Map<string, unknown>,
  ): Promise<boolean> {
    for (const target of targets) await this.#children.stopLanes(target);
    this.#stopped = (await this.#toMatching(command, targets, away)) !== null;
    return this.#stopped;
  }

  /** How many tables the command went to; null when a target is away. */
  async #toMatching(
    command: Command,
    targets: readonly TargetFacts[],
    away: Map<string, unknown>,
  ): Promise<number | null> {
    let sent = 0;
    for (const target of targets.filter(({ target: name }) => !away.has(name))) {
      const pattern = command.tables;
      try {
        await this.#eachPage(
          (after) => this.#do.control.matchTables({ ...this.#of(target), pattern, after }),
          async (slugs) => {
            sent += slugs.length;
            await this.#children.command(command, target.target, slugs);
          },
        );
      } catch (error) {
        if (isCancellation(error)) throw error;
        away.set(target.target, error);
      }
    }
    return targets.some(({ target: name }) => away.has(name)) ? null : sent;
  }

  async #eachPage(
    page: (after: string) => Promise<TablePage>,
    visit: (slugs: readonly string[]) => Promise<void>,
  ): Promise<void> {
    for (let after: string | null = ''; after !== null;) {
      const { slugs, next }: TablePage = await page(after);
      await visit(slugs);
      after = next;
    }
  }

  #of({ target }: TargetFacts): { pipeline: string; target: string } {
    return { pipeline: this.#pipeline, target };
  }

  #record(command: Command): Recorded {
    const { log, outcome } = record(this.#log, command, QUEUE_LIMIT);
    this.#log = log;
    if (outcome === 'recorded') this.#heard += 1;
    return outcome;
  }

  async #recover(error: unknown): Promise<void> {
    if (isCancellation(error) && CancellationScope.current().consideredCancelled) throw error;
    const { code, message } = failureOf(error);
    this.#due = true;
    this.#budget = afterFailure(this.#budget, false);
    this.#fault = `${code}: ${message}`;
    setCurrentDetails(`**${this.#pipeline}** waits after a failure: ${this.#fault}`);
    if (this.#facts === null && this.#isStopAsked()) {
      // It never came so far as to know a table: there is nothing to stop but this.
      this.#stopped = true;
      return;
    }
    const heard = this.#heard;
    const pause = backOffMs(this.#budget, this.#tuning.backOffMs, LONGEST_BACK_OFF_MS);
    await condition(() => this.#heard > heard, pause);
    if (this.#isStopAsked()) this.#due = false;
  }

  #isStopAsked(): boolean {
    return this.#log.queue.some((command) => command.command === 'stop');
  }

  async #tellRejections(): Promise<void> {
    const { control } = this.#do;
    const pipeline = this.#pipeline;
    await this.#rejections.tell((message) => control.recordRejected({ pipeline, message }));
  }

  async #rollOver(): Promise<void> {
    await this.#verification.end();
    await condition(allHandlersFinished);
    await continueAsNew<typeof pipeline>({
      pipeline: this.#pipeline,
      tuning: this.#tuning,
      carried: {
        log: this.#log,
        facts: this.#facts,
        answers: this.#answers,
        rejected: this.#rejections.newest,
      },
    });
  }

  #status(): unknown {
    return {
      pipeline: this.#pipeline,
      revision: this.#facts?.revision ?? null,
      targets: this.#facts?.targets ?? [],
      waiting: this.#log.queue.map((command) => command.command),
      rejected: this.#rejections.newest,
      fault: this.#fault,
    };
  }
}

/** Each, also when one before it failed; then the first failure. */
async function inTurn(...works: readonly (() => Promise<unknown>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const work of works) {
    try {
      await work();
    } catch (error) {
      if (isCancellation(error)) throw error;
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
