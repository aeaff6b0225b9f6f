/**
 * The endless apply of one lane: the only reader of a shared log for one target. The activity
 * reads and writes; this workflow only starts it again and says what state the lane is in.
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
import {
  afterFailure,
  afterLasting,
  backOffMs,
  MAX_FAILURES,
  NO_FAILURES,
  type FailureBudget,
} from '../core/failure-budget.js';
import { laneId } from '../core/ids.js';
import type { ApplyResult, Command, LaneRef, Tuning } from '../core/protocol.js';
import { activities, type Activities } from './activity-proxies.js';
import { laneDetails } from './details.js';
import { failureOf } from './fault.js';
import { requireId, requireNames, tuningOf } from './input.js';
import { interruptible } from './interruptible.js';
import { handleCommands, statusQuery, wakeSignal } from './messages.js';
import { Rejections, type CarriedRejections } from './rejections.js';
import { isDueToRollOver } from './roll-over.js';

export interface ChangeStreamInput extends LaneRef, CarriedRejections {
  readonly tuning?: Tuning;
}

export async function changeStream(input: ChangeStreamInput): Promise<void> {
  requireNames(input, 'pipeline', 'target');
  requireId('this lane', laneId(input));
  await new LaneLife(input).run();
}

/** Histories from before rejections were told in the middle of a round. */
const TELLS_AT_ONCE = 'tells-at-once';
/** Codes that mean the lane has no place in the configuration any more. */
const GONE = ['PIPELINE_UNKNOWN', 'TARGET_UNKNOWN'];

class LaneLife {
  readonly #lane: LaneRef;
  readonly #tuning: Tuning;
  readonly #do: Activities;
  readonly #rejections: Rejections;
  #budget = NO_FAILURES;
  /** When the present try began. */
  #began = Date.now();
  #stopped = false;
  #tellsAtOnce = false;
  #woken = false;
  #last: ApplyResult | null = null;
  #fault: string | null = null;

  constructor(input: ChangeStreamInput) {
    this.#lane = { pipeline: input.pipeline, target: input.target, n: input.n };
    this.#tuning = tuningOf(input.tuning);
    this.#do = activities(this.#tuning, `apply changes → ${input.target}`);
    this.#rejections = new Rejections(input);
    handleCommands((command) => this.#hear(command), this.#rejections);
    setHandler(wakeSignal, () => void (this.#woken = true));
    setHandler(statusQuery, () => this.#status());
  }

  async run(): Promise<void> {
    while (!this.#stopped) {
      if (isDueToRollOver(this.#tuning)) return this.#rollOver();
      this.#woken = false;
      this.#began = Date.now();
      try {
        await this.#tellRejections();
        await this.#round();
      } catch (error) {
        await this.#recover(error);
      }
    }
    await condition(allHandlersFinished);
  }

  async #round(): Promise<void> {
    const { stream } = this.#do;
    this.#say('applying');
    // A round may take hours: one after a failure comes back soon, and the failure is forgotten.
    const isTrial = this.#fault !== null;
    const round = isTrial ? { ...this.#lane, afterFailure: true } : this.#lane;
    const result = await interruptible(
      () => stream.applyChanges(round),
      (ended) => this.#listen(ended),
    );
    if (result === undefined) return;
    this.#last = result;
    this.#say('between two rounds');
    if (result.reason === 'gap') {
      const reason = result.detail ?? 'the feed does not fit';
      await stream.handleGap({ ...this.#lane, reason });
    }
    if (result.reason === 'fenced') {
      // Another owner has the lane: it may be the end of a former attempt, or a second pipeline.
      this.#budget = afterFailure(this.#left, false);
      return this.#backOff('another worker has taken the lane over');
    }
    // Two owners that take the lane from each other, each for a trial, wait longer every time.
    this.#budget = isTrial ? { ...this.#left, failures: 0 } : NO_FAILURES;
    this.#fault = null;
    if (result.reason !== 'stopped') return;
    this.#say(result.detail ?? 'switched off');
    await condition(() => this.#woken || this.#stopped || this.#hasNews);
  }

  get #left(): FailureBudget {
    return afterLasting(this.#budget, Date.now() - this.#began);
  }

  /** A rejection that has to be told before the next round. */
  get #hasNews(): boolean {
    return this.#tellsAtOnce && this.#rejections.untold;
  }

  /** A round may take hours: what was rejected meanwhile is told beside it. */
  async #listen(ended: () => boolean): Promise<void> {
    const isOver = (): boolean => ended() || this.#stopped;
    this.#tellsAtOnce = patched(TELLS_AT_ONCE);
    let telling = false;
    const isNews = (): boolean => !telling && this.#hasNews;
    while (!isOver()) {
      await condition(() => isOver() || isNews());
      if (!isNews()) continue;
      telling = true;
      void this.#tellRejections()
        .catch(() => undefined)
        .finally(() => (telling = false));
    }
  }

  async #recover(error: unknown): Promise<void> {
    if (isCancellation(error) && CancellationScope.current().consideredCancelled) throw error;
    const { code, message } = failureOf(error);
    this.#budget = afterFailure(this.#left, GONE.includes(code));
    await this.#backOff(`${code}: ${message}`);
    if (this.#budget.failures >= MAX_FAILURES) this.#stopped = true;
  }

  async #backOff(why: string): Promise<void> {
    this.#fault = why;
    this.#say(`waiting after a failure: ${why}`);
    const pause = backOffMs(this.#budget, this.#tuning.backOffMs);
    await condition(() => this.#stopped || this.#woken, pause);
  }

  #hear(command: Command): 'recorded' {
    if (command.command === 'stop') this.#stopped = true;
    this.#woken = true;
    return 'recorded';
  }

  async #rollOver(): Promise<void> {
    await condition(allHandlersFinished);
    await continueAsNew<typeof changeStream>({
      ...this.#lane,
      tuning: this.#tuning,
      ...this.#rejections.carried,
    });
  }

  async #tellRejections(): Promise<void> {
    const { pipeline, target, n } = this.#lane;
    await this.#rejections.tell((message) =>
      this.#do.control.recordRejected({ pipeline, message: `${target}, lane ${n}: ${message}` }),
    );
  }

  #say(what: string): void {
    setCurrentDetails(laneDetails(this.#lane, what, this.#last));
  }

  #status(): unknown {
    return {
      ...this.#lane,
      last: this.#last,
      fault: this.#fault,
      failures: this.#budget.waits,
      stopped: this.#stopped,
      rejected: this.#rejections.newest,
    };
  }
}
