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
  patched,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import type { CommandLog } from '../core/command-log.js';
import { afterFailure, backOffMs, NO_FAILURES } from '../core/failure-budget.js';
import { pipelineId } from '../core/ids.js';
import { awayTargets, keepFormer, type KnownFacts } from '../core/pipeline-facts.js';
import type {
  AddressedCommand,
  Command,
  PipelineFacts,
  TargetFacts,
  Tuning,
  WatchResult,
} from '../core/protocol.js';
import { activities, type Activities } from './activity-proxies.js';
import { Answers, type Answer } from './answers.js';
import { Children } from './children.js';
import { CommandQueue } from './command-queue.js';
import { ContinuousVerification } from './continuous-verification.js';
import { pipelineDetails } from './details.js';
import { eachPage } from './each-page.js';
import { failureOf } from './fault.js';
import { Following } from './following.js';
import { requireId, requireNames, tuningOf } from './input.js';
import { inTurn } from './in-turn.js';
import { interruptible } from './interruptible.js';
import { lookMeanwhile, lookWhileSlow, type Looking } from './look-meanwhile.js';
import { handleCommands, statusQuery } from './messages.js';
import { PipelineName } from './pipeline-name.js';
import { Rejections, type CarriedRejections } from './rejections.js';
import { isDueToRollOver } from './roll-over.js';
import { toMatching } from './to-matching.js';

export interface PipelineInput {
  readonly pipeline: string;
  readonly tuning?: Tuning;
  /** Of the former run. */
  readonly carried?: Carried;
}

/** What one run hands to the next. */
interface Carried extends CarriedRejections {
  readonly log: CommandLog;
  readonly facts: KnownFacts | null;
  readonly answers: readonly Answer[];
  /** Absent: of a run that did not say. */
  readonly named?: boolean;
}

/** Longer than this nobody waits for a mended configuration to be seen. */
const LONGEST_BACK_OFF_MS = 60_000;
/** Histories from before it looked around while it waits. */
const LOOKS_MEANWHILE = 'looks-meanwhile';
/** Histories from before it looked around while a reconcile takes long. */
const LOOKS_WHILE_SLOW = 'looks-while-slow';
/** Histories in which the watch did what stands beside it now. */
const FOLLOWS_APART = 'follows-apart';

export async function pipeline(input: PipelineInput): Promise<void> {
  requireNames(input, 'pipeline');
  requireId(`pipeline "${input.pipeline}"`, pipelineId(input.pipeline));
  await new PipelineLife(input).run();
}

class PipelineLife {
  readonly #pipeline: string;
  readonly #children: Children;
  readonly #verification: ContinuousVerification;
  readonly #following: Following;
  readonly #rejections: Rejections;
  #tuning: Tuning;
  #do: Activities;
  readonly #queue: CommandQueue;
  #facts: KnownFacts | null;
  readonly #answers: Answers;
  #budget = NO_FAILURES;
  #fault: string | null = null;
  /** What the watch could not look after when it came back. */
  #trouble: readonly string[] = [];
  #due = true;
  readonly #name: PipelineName;
  #stopped = false;
  readonly #looking: Looking = {
    watch: (forMs) => this.#watch(forMs),
    dispatch: async (result) => {
      await this.#dispatch(result);
      await this.#answerAll();
    },
  };

  constructor(input: PipelineInput) {
    const carried = input.carried;
    this.#pipeline = input.pipeline;
    this.#tuning = tuningOf(input.tuning);
    this.#do = activities(this.#tuning, input.pipeline);
    this.#queue = new CommandQueue(carried?.log);
    this.#facts = carried?.facts ?? null;
    this.#name = new PipelineName(input.pipeline, carried ? (carried.named ?? false) : null);
    this.#answers = new Answers(carried?.answers);
    this.#rejections = new Rejections(carried);
    this.#children = new Children(
      input.pipeline,
      () => this.#tuning,
      () => this.#facts?.attributes ?? false,
    );
    this.#verification = new ContinuousVerification(input.pipeline);
    this.#following = new Following(input.pipeline);
    handleCommands((command) => this.#queue.record(command), this.#rejections);
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
      await this.#endBeside();
      await condition(allHandlersFinished);
    } catch (error) {
      // Cancelled: nothing that this workflow started itself may outlive it.
      await CancellationScope.nonCancellable(() => this.#endBeside());
      throw error;
    }
  }

  async #endBeside(): Promise<void> {
    await Promise.all([this.#verification.end(), this.#following.end()]);
  }

  async #round(): Promise<void> {
    await inTurn(
      async () => (this.#due ? this.#reconcile() : undefined),
      () => this.#queue.carryOutAll((command, away) => this.#carryOut(command, away)),
      () => this.#answerAll(),
      () => this.#tellRejections(),
    );
    this.#fault = null;
    if (this.#stopped) return;
    this.#follow();
    if (this.#isDisturbed()) return;
    const result = await interruptible(
      () => this.#watch(),
      (ended) => condition(() => ended() || this.#isDisturbed()),
    );
    if (result === undefined) return;
    this.#due ||= result.reconcile;
    await this.#dispatch(result);
  }

  /** Also what another reconcile, or a former version of this, has left to be begun. */
  #follow(): void {
    if (this.#facts === null || !patched(FOLLOWS_APART)) return;
    const targets = this.#facts.targets.map(({ target }) => target);
    const work = { watch: this.#do.watch, tuning: this.#tuning };
    this.#following.keep(targets, this.#facts.revision, work);
  }

  #isDisturbed(): boolean {
    return !this.#queue.isEmpty || this.#rejections.untold;
  }

  /** `forMs`: while a reconcile takes long or waits for its next try, only for what others ask for. */
  async #watch(forMs?: number): Promise<WatchResult> {
    const away = awayTargets(this.#facts);
    const result = await this.#do.watch.watchPipeline({
      pipeline: this.#pipeline,
      revision: this.#facts?.revision ?? '',
      apart: true,
      attributes: this.#facts?.attributes ?? false,
      ...(away.length === 0 ? {} : { away }),
      ...(this.#trouble.length === 0 ? {} : { trouble: this.#trouble }),
      ...(forMs === undefined ? {} : { forMs }),
    });
    if (result.trouble !== undefined) this.#trouble = result.trouble;
    return result;
  }

  async #present(): Promise<PipelineFacts> {
    const reconcile = () => this.#do.reconcile.reconcilePipeline({ pipeline: this.#pipeline });
    if (this.#facts === null || !patched(LOOKS_WHILE_SLOW)) return reconcile();
    return lookWhileSlow(reconcile, this.#looking);
  }

  async #reconcile(): Promise<void> {
    const former = this.#facts?.targets ?? [];
    const present = await this.#present();
    const { facts, gone } = keepFormer(this.#facts, present);
    this.#facts = facts;
    this.#tuning = tuningOf(facts.tuning);
    this.#do = activities(this.#tuning, this.#pipeline);
    const names = facts.targets.map((target) => target.target);
    for (const target of gone) await this.#children.stopLanes(target);
    for (const target of facts.targets) {
      // The watch asks for another reconcile when a target that is away answers again.
      if (target.away != null) continue;
      await this.#children.startLanes(target);
      const before = former.find((one) => one.target === target.target);
      if (before !== undefined) await this.#children.stopLanesOfGone(before, target);
      // Tables whose workflow does not run: new ones, and those that somebody terminated.
      await eachPage(
        (after) => this.#do.control.missingTables({ ...this.#of(target), after }),
        (slugs) => this.#children.startTables(target.target, slugs),
      );
    }
    const work = { verify: this.#do.verify, tuning: this.#tuning };
    this.#verification.keep(names, facts.revision, work);
    this.#due = false;
    setCurrentDetails(pipelineDetails(this.#pipeline, facts));
    this.#name.look(facts.attributes);
  }

  /** What the watch found elsewhere. The commands of SQL were taken: they go out before all else. */
  async #dispatch(result: WatchResult): Promise<void> {
    for (const addressed of result.commands) {
      const { command, target } = addressed;
      const answer = await this.#deliver(addressed);
      this.#answers.add({ target, requestId: command.requestId, answer });
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
    const outcome = this.#queue.record({ ...command, requestId, tables: all.pattern, target });
    return outcome === 'full'
      ? 'not carried out: too many commands wait; ask again later'
      : `sent to ${all.tables} table(s)`;
  }

  #answerAll(): Promise<void> {
    return this.#answers.giveAll((answer) =>
      this.#do.control.answerCommand({ pipeline: this.#pipeline, ...answer }),
    );
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
    const leaving = this.#facts?.leaving ?? [];
    for (const target of [...targets, ...leaving]) await this.#children.stopLanes(target);
    this.#stopped = (await this.#toMatching(command, targets, away)) !== null;
    return this.#stopped;
  }

  async #toMatching(
    command: Command,
    targets: readonly TargetFacts[],
    away: Map<string, unknown>,
  ): Promise<number | null> {
    const pattern = command.tables;
    return toMatching(targets, away, {
      page: (target, after) =>
        this.#do.control.matchTables({ ...this.#of(target), pattern, after }),
      send: ({ target }, slugs) => this.#children.command(command, target, slugs),
    });
  }

  #of({ target }: TargetFacts): { pipeline: string; target: string } {
    return { pipeline: this.#pipeline, target };
  }

  async #recover(error: unknown): Promise<void> {
    if (isCancellation(error) && CancellationScope.current().consideredCancelled) throw error;
    const { code, message } = failureOf(error);
    this.#due = true;
    this.#budget = afterFailure(this.#budget, false);
    this.#fault = `${code}: ${message}`;
    setCurrentDetails(`**${this.#pipeline}** waits after a failure: ${this.#fault}`);
    if (this.#facts === null && this.#queue.isStopAsked) {
      // It never came so far as to know a table: there is nothing to stop but this.
      this.#stopped = true;
      return;
    }
    const { heard } = this.#queue;
    const pause = backOffMs(this.#budget, this.#tuning.backOffMs, LONGEST_BACK_OFF_MS);
    const isOver = (): boolean => this.#queue.heard > heard;
    if (this.#facts !== null && patched(LOOKS_MEANWHILE)) {
      await lookMeanwhile({ pauseMs: pause, isOver }, this.#looking);
    } else await condition(isOver, pause);
    if (this.#queue.isStopAsked) this.#due = false;
  }

  async #tellRejections(): Promise<void> {
    const { control } = this.#do;
    const pipeline = this.#pipeline;
    await this.#rejections.tell((message) => control.recordRejected({ pipeline, message }));
  }

  async #rollOver(): Promise<void> {
    await this.#endBeside();
    await condition(allHandlersFinished);
    await continueAsNew<typeof pipeline>({
      pipeline: this.#pipeline,
      tuning: this.#tuning,
      carried: {
        log: this.#queue.log,
        facts: this.#facts,
        answers: this.#answers.open,
        ...this.#rejections.carried,
        named: this.#name.isSet,
      },
    });
  }

  #status(): unknown {
    return {
      pipeline: this.#pipeline,
      revision: this.#facts?.revision ?? null,
      targets: this.#facts?.targets ?? [],
      waiting: this.#queue.log.queue.map((command) => command.command),
      rejected: this.#rejections.newest,
      fault: this.#fault,
      trouble: [...new Set([...this.#trouble, ...this.#following.trouble])],
    };
  }
}
