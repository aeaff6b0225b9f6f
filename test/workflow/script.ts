import { setTimeout as delay } from 'node:timers/promises';
import { Context } from '@temporalio/activity';

type Rule = (times: number) => Error | null;

/** What a test wants of an activity: failures, and a gate that holds it. Also what happened. */
export class Script {
  readonly calls: string[] = [];
  /** Activities at work: name and subject. */
  readonly running = new Map<string, number>();
  /** Held activities that have been told to end. */
  readonly cancelled = new Set<string>();
  /** Two writers of one table at the same time: must stay empty. */
  readonly clashes: string[] = [];
  readonly #rules = new Map<string, Rule>();
  readonly #gates = new Map<string, { opened: Promise<void>; stubborn: boolean }>();
  readonly #times = new Map<string, number>();

  /** Fail while the rule says so; `times` counts from 1. */
  fail(activity: string, rule: Rule): void {
    this.#rules.set(activity, rule);
    this.#times.delete(activity);
  }

  /** Fail for one subject only. */
  failFor(activity: string, subject: string, rule: Rule): void {
    this.fail(`${activity} ${subject}`, rule);
  }

  /** Forget all failures and open all gates. */
  reset(): void {
    this.#rules.clear();
    this.#gates.clear();
    this.cancelled.clear();
  }

  mend(activity: string): void {
    this.#rules.delete(activity);
  }

  /**
   * Hold an activity until the returned function is called. Cancellation lets it go on too, unless
   * it is stubborn: then it goes on working like a statement that cannot be cut off.
   */
  hold(activity: string, stubborn = false): () => void {
    let open: () => void = () => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    this.#gates.set(activity, { opened, stubborn });
    return () => {
      this.#gates.delete(activity);
      open();
    };
  }

  count(activity: string): number {
    return this.calls.filter((call) => call.split(' ')[0] === activity).length;
  }

  async run<T>(
    activity: string,
    subject: string,
    work: () => T | Promise<T>,
    part = '',
  ): Promise<T> {
    const key = `${activity} ${subject}`;
    this.calls.push(part === '' ? key : `${key} ${part}`);
    this.#noteClash(activity, subject, part);
    this.running.set(key, (this.running.get(key) ?? 0) + 1);
    try {
      await this.#pass(activity);
      this.#mayFail(activity);
      this.#mayFail(key);
      return await work();
    } finally {
      this.running.set(key, (this.running.get(key) ?? 1) - 1);
    }
  }

  #mayFail(key: string): void {
    const times = (this.#times.get(key) ?? 0) + 1;
    this.#times.set(key, times);
    const error = this.#rules.get(key)?.(times) ?? null;
    if (error !== null) throw error;
  }

  isRunning(activity: string, subject: string): boolean {
    return (this.running.get(`${activity} ${subject}`) ?? 0) > 0;
  }

  async #pass(activity: string): Promise<void> {
    const { cancellationSignal } = Context.current();
    for (let gate = this.#gates.get(activity); gate !== undefined;) {
      if (cancellationSignal.aborted) this.cancelled.add(activity);
      if (cancellationSignal.aborted && !gate.stubborn) return;
      Context.current().heartbeat();
      await Promise.race([gate.opened, delay(20)]);
      gate = this.#gates.get(activity);
    }
  }

  /** The lanes of one copy may work side by side; any other two writers of a table may not. */
  #noteClash(activity: string, subject: string, part: string): void {
    if (!WRITERS.includes(activity)) return;
    for (const other of WRITERS) {
      const besides = activity === 'copyChunks' && other === 'copyChunks' && part !== '';
      if (!besides && this.isRunning(other, subject)) {
        this.clashes.push(`${activity} while ${other} of ${subject}`);
      }
    }
  }
}

const WRITERS = [
  'bootstrapTable',
  'beginEpoch',
  'prepareStage',
  'copyChunks',
  'finishStage',
  'cutOver',
  'resumeTable',
  'pollTable',
];
