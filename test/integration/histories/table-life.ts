/** A table's workflow without Temporal: the same reducer, the same activities in the same order. */
import { setTimeout as delay } from 'node:timers/promises';
import { record } from '../../../src/core/command-log.js';
import { toSluiceError } from '../../../src/core/errors.js';
import type {
  Command,
  CommandName,
  ControlActivities,
  CopyActivities,
  TableFacts,
} from '../../../src/core/protocol.js';
import { afterFailedStep } from '../../../src/core/table-failure.js';
import type { TableStep } from '../../../src/core/table-life.js';
import {
  FRESH_MEMORY,
  afterBootstrap,
  afterCommand,
  afterEpochBegan,
  afterQuarantine,
  interrupts,
  nextStep,
  noteProgress,
} from '../../../src/core/table-life.js';
import { Abandoned, Attempts } from './attempt.js';

export interface Ref {
  readonly pipeline: string;
  readonly target: string;
  readonly slug: string;
}

const BACK_OFF_MS = 50;
const REST_MS = 200;
/** A tick waits so long for its activity: one that waits for a writer's transaction cannot end. */
const TICK_MS = 500;

export class TableLife {
  readonly #attempts = new Attempts();
  #memory = FRESH_MEMORY;
  #commands = 0;
  #stopped = false;
  #done: Promise<void> = Promise.resolve();
  /** Activities that may begin; Infinity when the history is over. */
  #tickets = 0;
  #ended = 0;

  constructor(
    private readonly ref: Ref,
    private readonly copy: CopyActivities,
    private readonly control: ControlActivities,
    private readonly say: (line: string) => void,
  ) {}

  /** Commands that were not carried out yet. */
  get asks(): boolean {
    return this.#memory.queue.length > 0 || this.#memory.resync !== null;
  }

  start(): void {
    this.#done = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#attempts.cancel();
    await this.#done;
    await this.#attempts.settled();
  }

  command(command: CommandName): void {
    this.#commands += 1;
    const requestId = `${command}-${this.#commands}`;
    const asked: Command = {
      command,
      requestId,
      by: 'test',
      reason: 'test',
      tables: '*',
      target: null,
    };
    this.#memory = { ...this.#memory, ...record(this.#memory, asked, 20).log };
    if (interrupts(asked)) this.#attempts.cancel();
  }

  abandon(): void {
    this.#attempts.abandon();
  }

  /** Let the next activity begin. */
  async tick(waits: boolean): Promise<void> {
    const before = this.#ended;
    this.#tickets += 1;
    const until = Date.now() + TICK_MS;
    while (waits && this.#ended === before && Date.now() < until) await delay(2);
  }

  letGo(): void {
    this.#tickets = Infinity;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const facts = await this.#look();
      if (facts === null) continue;
      this.#memory = noteProgress(this.#memory, facts);
      const step = nextStep(facts, this.#memory, Date.now());
      try {
        await this.#take(step, facts);
      } catch (error) {
        await this.#recover(step, error);
      }
    }
  }

  async #look(): Promise<TableFacts | null> {
    try {
      return await this.#attempts.run(async () => this.control.readTable(this.ref));
    } catch {
      await delay(BACK_OFF_MS);
      return null;
    }
  }

  async #take(step: TableStep, facts: TableFacts): Promise<void> {
    const { control, copy, ref } = this;
    switch (step.kind) {
      case 'command':
        await this.#once('controlTable', () =>
          control.controlTable({ ...ref, command: step.command }),
        );
        this.#memory = afterCommand(this.#memory, step.command);
        return;
      case 'quarantine':
        this.say(`quarantined: ${step.code}: ${step.message}`);
        await this.#once('quarantineTable', () => control.quarantineTable({ ...ref, ...step }));
        this.#memory = afterQuarantine(this.#memory);
        return;
      case 'bootstrap':
        await this.#once('bootstrapTable', () => copy.bootstrapTable(ref));
        this.#memory = afterBootstrap(this.#memory);
        return;
      case 'beginEpoch':
        await this.#once('beginEpoch', () => copy.beginEpoch({ ...ref, ...step }));
        this.#memory = afterEpochBegan(this.#memory, step, Date.now());
        return;
      case 'pause':
        await this.#once('pauseTable', () => control.pauseTable(ref));
        return;
      case 'fullSync':
        return this.#fullSync(facts.epoch);
      case 'resume':
        return this.#untilDone('resumeTable', () => copy.resumeTable(ref));
      default:
        return this.#rest();
    }
  }

  /** Nothing is to be done until somebody asks for it, or a command is found in the target. */
  async #rest(): Promise<void> {
    const commands = this.#commands;
    const until = Date.now() + REST_MS;
    while (!this.#stopped && commands === this.#commands && Date.now() < until) await delay(2);
  }

  async #fullSync(epoch: string): Promise<void> {
    const { copy } = this;
    const of = { ...this.ref, epoch };
    await this.#untilDone('awaitHandOver', async () => {
      const { ready } = await copy.awaitHandOver(of);
      return { done: ready };
    });
    await this.#once('prepareStage', () => copy.prepareStage(of));
    const { paused } = await this.#once('copyChunks', () =>
      copy.copyChunks({ ...of, lane: 0, lanes: 1 }),
    );
    if (paused) return;
    await this.#once('finishStage', () => copy.finishStage(of));
    await this.#untilDone('cutOver', () => copy.cutOver(of));
    await this.#once('afterCutOver', () => copy.afterCutOver(of));
  }

  async #untilDone(name: string, work: () => Promise<{ readonly done: boolean }>): Promise<void> {
    while (!(await this.#once(name, work)).done) await delay(BACK_OFF_MS);
  }

  /** One activity, once it may begin; a command that interrupts comes before it. */
  async #once<R>(name: string, activity: () => Promise<R>): Promise<R> {
    const commands = this.#commands;
    while (this.#tickets === 0 && !this.#stopped && commands === this.#commands) await delay(2);
    if (this.#stopped || commands !== this.#commands) throw new Abandoned();
    this.#tickets -= 1;
    try {
      this.say(`  ${name} begins`);
      const result = await this.#attempts.run(activity);
      this.say(`  ${name} ends: ${JSON.stringify(result)}`);
      if (commands !== this.#commands && this.#memory.queue.some(interrupts)) throw new Abandoned();
      return result;
    } finally {
      this.#ended += 1;
    }
  }

  async #recover(step: TableStep, error: unknown): Promise<void> {
    if (error instanceof Abandoned) return;
    const { code, message, kind, cause } = toSluiceError(error);
    if (kind === 'benign' || isCancelled(error)) return void (await delay(BACK_OFF_MS));
    const why = code === 'UNEXPECTED' && cause instanceof Error ? (cause.stack ?? '') : '';
    this.say(`${step.kind}: ${code}: ${message} ${why}`);
    this.#memory = afterFailedStep(this.#memory, step, { code, message, kind });
    await delay(BACK_OFF_MS);
  }
}

function isCancelled(error: unknown): boolean {
  return error instanceof Error && ['CancelledFailure', 'AbortError'].includes(error.name);
}
