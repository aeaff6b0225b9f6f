/**
 * What a watch asks the source. It has loops and sessions of its own beside the look at the targets:
 * a source that is away or slow keeps no command of SQL and no news of a lane waiting, and says
 * nothing about whether a target answers. What may take long stands apart (follow-target.ts).
 */
import { SluiceError } from '../../core/errors.js';
import type { AddressedCommand, WatchRequest } from '../../core/protocol.js';
import { PipelineSession } from '../../session/pipeline-session.js';
import { wantedTables, whyTablesDiffer } from '../control/children-gone.js';
import type { Dependencies } from '../dependencies.js';
import { Due } from './due.js';
import { isWithin } from '../is-within.js';
import type { LongRun } from '../long-running.js';
import { takeTurn } from './take-turn.js';
import type { Troubles } from './troubles.js';
import { guardSourceLog } from './watch-budgets.js';
import { watchResetTriggers } from './watch-reset-triggers.js';
import { watchRetention } from './watch-retention.js';

const LOOK_EVERY_MS = 1_000;
const CATALOGUE_EVERY_MS = 5_000;
const RESET_TRIGGERS_EVERY_MS = 10_000;
const BUDGETS_EVERY_MS = 5_000;
/** What is under way may end by itself; then it is ended on its server, or left behind. */
const END_MS = 3_000;
const LEFT_MS = 1_000;

interface Found {
  readonly commands: readonly AddressedCommand[];
  readonly why: string | null;
}

type Ask = (session: PipelineSession) => Promise<void>;

interface Loop {
  readonly ended: Promise<void>;
  session: PipelineSession | null;
}

export class SourceWatch {
  readonly #due = new Due();
  readonly #loops: Loop[];
  #ending = false;
  #commands: AddressedCommand[] = [];
  /** How the tables differ; undefined before the first look. */
  #differs: string | null | undefined;
  #failure: { readonly thrown: unknown } | null = null;

  /** @param seen how the source's tables differed from those that are followed, by pipeline */
  constructor(
    private readonly deps: Dependencies,
    private readonly ref: WatchRequest,
    private readonly run: LongRun,
    private readonly troubles: Troubles,
    private readonly seen: Map<string, string>,
  ) {
    this.#loops = [
      this.#start('the log of the source', (session) => this.#guardLog(session)),
      this.#start('the source', (session) => this.#look(session)),
    ];
  }

  /** What was found since the last time. Throws what ended a loop. */
  take(): Found {
    if (this.#failure !== null) throw this.#failure.thrown;
    return this.rest();
  }

  /** The same after the end, however it came. */
  rest(): Found {
    const commands = this.#commands;
    this.#commands = [];
    return { commands, why: this.#news() };
  }

  /** Once for each difference: one that waits for a confirmation stays what it is. */
  #news(): string | null {
    const { pipeline } = this.ref;
    const why = this.#differs;
    if (why === undefined || why === (this.seen.get(pipeline) ?? null)) return null;
    if (why === null) this.seen.delete(pipeline);
    else this.seen.set(pipeline, why);
    return why;
  }

  /** A server that does not even answer is not waited for; its loop ends when it does. */
  async end(): Promise<void> {
    this.#ending = true;
    const ended = Promise.all(this.#loops.map((loop) => loop.ended));
    if (!this.run.signal.aborted && (await isWithin(ended, END_MS))) return;
    for (const { session } of this.#loops) void session?.interrupt();
    await isWithin(ended, LEFT_MS);
  }

  #start(what: string, ask: Ask): Loop {
    const { deps, ref } = this;
    const work = async (session: PipelineSession): Promise<void> => {
      loop.session = session;
      while (!this.#ending) {
        await ask(session);
        if (!this.#ending) await this.run.pause(LOOK_EVERY_MS);
        if (this.run.signal.aborted) return;
      }
    };
    const loops = takeTurn(`watch ${what} of ${ref.pipeline}`, async (before) => {
      if (!(await this.#isFree(what, before))) return;
      await PipelineSession.use(deps.session, ref.pipeline, 'watch', work);
    });
    const ended = loops.then(
      () => undefined,
      (thrown: unknown) => {
        this.#failure ??= { thrown };
      },
    );
    const loop: Loop = { ended, session: null };
    return loop;
  }

  /** A former watch may have left one behind, with a server that did not answer. */
  async #isFree(what: string, before: Promise<void>): Promise<boolean> {
    for (;;) {
      const free = await isWithin(before, LOOK_EVERY_MS);
      if (this.#ending) return false;
      const text = `A look at ${what} that was told to end has not ended.`;
      await this.troubles.guard(`a former look at ${what}`, () =>
        free ? Promise.resolve() : Promise.reject(new SluiceError('SERVER_BUSY', text)),
      );
      if (free) return true;
    }
  }

  /** By itself: a target that hangs must not let the source's disk run full. */
  async #guardLog(session: PipelineSession): Promise<void> {
    if (!this.#due.is('source log', BUDGETS_EVERY_MS)) return;
    await guardSourceLog(session, this.deps.logger);
  }

  async #look(session: PipelineSession): Promise<void> {
    if (this.#due.is('reset triggers', RESET_TRIGGERS_EVERY_MS)) {
      await this.#eachTarget(session, 'reset triggers', async (name) => {
        this.#commands.push(...(await watchResetTriggers(session, name)));
      });
    }
    if (this.ref.forMs === undefined && this.#due.is('tables', CATALOGUE_EVERY_MS)) {
      await this.#compareTables(session);
    }
    if (this.#due.is('clean-up', BUDGETS_EVERY_MS)) {
      await this.#eachTarget(session, 'the clean-up', (name) => watchRetention(session, name));
    }
  }

  async #compareTables(session: PipelineSession): Promise<void> {
    const wanted = await this.troubles.guard('the tables of the source', () =>
      wantedTables(session),
    );
    if (wanted === undefined) return;
    const found: string[] = [];
    await this.#eachTarget(session, 'its tables', async (name) => {
      const differs = await whyTablesDiffer(session, name, wanted);
      if (differs !== null) found.push(differs);
    });
    if (!this.#ending) this.#differs = found.length === 0 ? null : found.join('; ');
  }

  async #eachTarget(
    session: PipelineSession,
    what: string,
    work: (name: string) => Promise<void>,
  ): Promise<void> {
    await this.troubles.eachTarget(what, session.targetNames, work, () => this.#ending);
  }
}
