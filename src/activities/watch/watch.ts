/**
 * One long activity per pipeline that looks every few seconds at everything that may change without
 * telling a workflow: the configuration, what lanes and SQL left in `sluice`, and beside it what the
 * source says (watch-source.ts). It returns as soon as a workflow has something to do.
 */
import { Context } from '@temporalio/activity';
import { configRevision } from '../../config/revision.js';
import { parseCommand } from '../../core/command.js';
import { explainError } from '../../core/errors.js';
import type {
  AddressedCommand,
  CommandName,
  WatchActivities,
  WatchRequest,
  WatchResult,
} from '../../core/protocol.js';
import type { CommandRow, TableRow } from '../../state/store.js';
import { address } from '../control/address-command.js';
import { SQL_REQUEST } from '../control/control.js';
import { whyToReconcile } from '../control/children-gone.js';
import type { Dependencies } from '../dependencies.js';
import { Due } from './due.js';
import { LOOP_LIMIT_MS, longRunning, type LongRun } from '../long-running.js';
import { PipelineSession, readConfiguration } from '../../session/pipeline-session.js';
import { unconfirmedLoss } from '../../session/lost-targets.js';
import { isShut } from '../../session/reconcile.js';
import { AllAway, Troubles } from './troubles.js';
import { watchParked } from './watch-budgets.js';
import { watchLocked, type Comebacks } from './watch-locked.js';
import { Gauges, measureTarget } from './watch-measures.js';
import { SourceWatch } from './watch-source.js';

/** The configuration is a file here, the rest a few queries. */
const READ_EVERY_MS = 1_000;
const LOOK_EVERY_MS = 2_000;
/** Children that somebody terminated come back; a call for each of them. */
const CHILDREN_EVERY_MS = 10 * 60_000;
/** A target that could not be looked after: whatever was in the way may be mended. */
const AWAY_EVERY_MS = 60_000;
/** Other workers may not know it yet, and it is they who reconcile. */
const NAMES_EVERY_MS = 60_000;
const BUDGETS_EVERY_MS = 5_000;
/** Whether somebody confirmed a configuration that loses a target. */
const AGREEMENT_EVERY_MS = 5_000;
const MEASURES_EVERY_MS = 15_000;
const PRUNE_EVERY_MS = 3_600_000;
/** A command of SQL is answered at once; one that was taken and is not after this time was lost. */
const UNANSWERED_S = 20;
const KEEP_DAYS = 30;
const KEEP_ROWS = 1_000_000;

/** Names of tables that one answer to the workflow holds. */
const PAGE = 200;

const QUIET: WatchResult = { reconcile: false, why: null, attention: [], commands: [] };

export function watchActivities(deps: Dependencies): WatchActivities {
  const told = new Map<string, string>();
  const seen = new Map<string, string>();
  const comebacks: Comebacks = new Map();
  return {
    watchPipeline: (ref) =>
      longRunning(LOOP_LIMIT_MS, async (run) => {
        if (ref.apart !== true) return leaveSoon(run);
        return PipelineSession.use(deps.session, ref.pipeline, 'watch', (session) =>
          new PipelineWatch(deps, session, ref, run, { told, seen, comebacks }).run(),
        );
      }),
  };
}

/** Asked by a workflow that does not follow the catalogue yet: it does from its next round on. */
async function leaveSoon(run: LongRun): Promise<WatchResult> {
  await run.pause(READ_EVERY_MS);
  return QUIET;
}

/** What a worker remembers from one watch of a pipeline to the next, by pipeline. */
interface Memory {
  /** What was said about a configuration that cannot be used. */
  readonly told: Map<string, string>;
  /** How the source's tables differed from those that are followed. */
  readonly seen: Map<string, string>;
  readonly comebacks: Comebacks;
}

class PipelineWatch {
  private readonly told: Map<string, string>;
  private readonly comebacks: Comebacks;
  readonly #due = new Due();
  #seenRevision: string;
  #unusable = '';
  readonly #troubles: Troubles;
  readonly #source: SourceWatch;
  readonly #gauges = new Gauges(Context.current().metricMeter);
  readonly #away = new Set<string>();
  /** Targets whose commands this watch has looked at: what others took before it is answered, or lost. */
  readonly #asked = new Set<string>();
  #back: string | null = null;

  constructor(
    private readonly deps: Dependencies,
    private readonly session: PipelineSession,
    private readonly ref: WatchRequest,
    private readonly run_: LongRun,
    { told, seen, comebacks }: Memory,
  ) {
    this.told = told;
    this.comebacks = comebacks;
    this.#seenRevision = ref.revision;
    this.#troubles = new Troubles(deps.logger, ref);
    this.#due.putOff('children', CHILDREN_EVERY_MS);
    this.#due.putOff('away', AWAY_EVERY_MS);
    this.#due.putOff('names', NAMES_EVERY_MS);
    this.#source = new SourceWatch(deps, ref, run_, this.#troubles, seen);
  }

  async run(): Promise<WatchResult> {
    const found = await this.#untilFound().finally(() => this.#source.end());
    const { commands, why } = this.#source.rest();
    if (why === null) return { ...found, commands: [...found.commands, ...commands] };
    return { ...found, reconcile: true, why, commands: [...found.commands, ...commands] };
  }

  async #untilFound(): Promise<WatchResult> {
    const { forMs = Infinity } = this.ref;
    const until = Date.now() + forMs;
    while (!this.run_.dueToReturn() && Date.now() < until) {
      const found = await this.#look();
      if (found !== null) return { ...found, trouble: this.#troubles.texts };
      await this.run_.pause(Math.min(READ_EVERY_MS, until - Date.now()));
    }
    return { ...QUIET, trouble: this.#troubles.texts };
  }

  async #look(): Promise<WatchResult | null> {
    const changed = await this.#whyConfigurationChanged();
    if (changed !== null) return { ...QUIET, reconcile: true, why: changed };
    if (!this.#due.is('databases', LOOK_EVERY_MS)) return null;
    if (this.#due.is('measures', MEASURES_EVERY_MS)) await this.#measure();
    // What others asked for first: it was taken from its rows and must not be lost.
    const commands = await this.#commands();
    const attention = await this.#attention();
    if (commands.length > 0 || attention.length > 0) return { ...QUIET, attention, commands };
    const found = this.#source.take();
    const why = this.#whyToReconcile() ?? found.why;
    if (why !== null) return { ...QUIET, reconcile: true, why, commands: [...found.commands] };
    if (found.commands.length > 0) return { ...QUIET, commands: [...found.commands] };
    await this.#lookAtTheRest();
    if (this.#troubles.hasNews) return QUIET;
    if (this.ref.forMs !== undefined || !this.#due.is('children', CHILDREN_EVERY_MS)) return null;
    const gone = await this.#whyChildrenAreGone();
    return gone === null ? null : { ...QUIET, reconcile: true, why: gone };
  }

  async #whyChildrenAreGone(): Promise<string | null> {
    const found: string[] = [];
    await this.#eachTarget('workflows', async (name) => {
      const why = await whyToReconcile(this.deps.client, this.session, [name]);
      if (why !== null) found.push(why);
    });
    return found[0] ?? null;
  }

  #whyToReconcile(): string | null {
    if (this.ref.forMs !== undefined) return null;
    if (this.#back !== null) return `the target ${this.#back} answers again`;
    const { away = [], attributes } = this.ref;
    if (attributes === false && this.deps.attributes && this.#due.is('names', NAMES_EVERY_MS)) {
      return 'the search attributes are registered';
    }
    if (away.length > 0 && this.#due.is('away', AWAY_EVERY_MS)) {
      return `${away.join(', ')} could not be looked after`;
    }
    return null;
  }

  /** What it finds is left in the state, which `#attention` reads. */
  async #lookAtTheRest(): Promise<void> {
    if (this.#due.is('parked', BUDGETS_EVERY_MS)) {
      await this.#eachTarget('locked tables', (name) =>
        watchLocked(this.session, name, this.comebacks),
      );
      await this.#eachTarget('parked changes', (name) => watchParked(this.session, name));
    }
    if (this.#due.is('prune', PRUNE_EVERY_MS)) await this.#prune();
  }

  /**
   * A new configuration counts after two equal readings, so that a file that is being written does
   * not; an invalid one is said in the log and the old one keeps running.
   */
  async #whyConfigurationChanged(): Promise<string | null> {
    if (this.ref.forMs !== undefined) return null;
    try {
      const { config } = readConfiguration(this.deps.session);
      const pipeline = config.pipelines[this.ref.pipeline];
      if (pipeline === undefined) throw new Error(`It lacks the pipeline ${this.ref.pipeline}.`);
      const revision = configRevision(pipeline);
      const twice = revision === this.#seenRevision;
      this.#seenRevision = revision;
      if (twice && revision !== this.ref.revision) return await this.#whyToUse(revision);
      if (twice) this.told.delete(this.ref.pipeline);
      return null;
    } catch (error) {
      await this.#reportUnusable(error instanceof Error ? error.message : '');
      return null;
    }
  }

  /** One that loses a target is not used before somebody confirmed it. */
  async #whyToUse(revision: string): Promise<string | null> {
    if (!this.#due.is('agreement', AGREEMENT_EVERY_MS)) return null;
    const { pipeline } = this.ref;
    const used = await PipelineSession.use(this.deps.session, pipeline, 'watch', (session) =>
      Promise.resolve(configRevision(session.config)),
    );
    if (used === revision) return 'the configuration changed';
    const { config } = readConfiguration(this.deps.session);
    const present = Object.keys(config.pipelines[pipeline]?.targets ?? {});
    const lost = this.session.targetNames.filter((name) => !present.includes(name));
    // One reading failed, and the former configuration stood in for it.
    if (lost.length === 0) return null;
    await this.#tellUnused(explainError(unconfirmedLoss(pipeline, lost)));
    return null;
  }

  /** Once for each text, and only when two readings agree: a file may be half written. */
  async #reportUnusable(message: string): Promise<void> {
    const twice = message === this.#unusable;
    this.#seenRevision = '';
    this.#unusable = message;
    if (twice) await this.#tellUnused(message);
  }

  async #tellUnused(message: string): Promise<void> {
    const { pipeline } = this.ref;
    if (this.told.get(pipeline) === message) return;
    this.told.set(pipeline, message);
    const text = `The new configuration is not used; the old one goes on. ${message}`;
    this.deps.logger.warn({ pipeline }, text);
    await this.#eachTarget('what is wrong with the configuration', async (name) => {
      const { state } = await this.session.target(name);
      const entry = { pipeline, target: name, level: 'warning', kind: 'config.invalid' } as const;
      await state.journal.event({ ...entry, message: text });
    });
  }

  async #commands(): Promise<AddressedCommand[]> {
    const addressed: AddressedCommand[] = [];
    let named = 0;
    await this.#eachTarget('commands', async (name) => {
      const target = await this.session.target(name);
      const unansweredS = this.#asked.has(name) ? UNANSWERED_S : 0;
      const rows = await target.state.journal.takeCommands(this.ref.pipeline, unansweredS);
      this.#asked.add(name);
      if (rows.length === 0) return;
      const tables = await this.#tables(name);
      for (const row of rows) {
        const command = commandOf(row);
        if (command === null) continue;
        const one = address({ command, target: name }, row.tableName, tables, PAGE - named);
        named += one.slugs.length;
        addressed.push(one);
      }
    });
    return addressed;
  }

  async #tables(target: string): Promise<readonly TableRow[]> {
    const database = await this.session.target(target);
    const rows = await database.state.tables.list(this.ref.pipeline);
    return rows.filter((row) => row.target === target && row.phase !== 'detached');
  }

  async #attention(): Promise<{ target: string; slugs: string[] }[]> {
    const found: { target: string; slugs: string[] }[] = [];
    await this.#eachTarget('what lanes found', async (name) => {
      const target = await this.session.target(name);
      const rows = await target.state.tables.needingAttention(this.ref.pipeline);
      const slugs = rows.filter((row) => row.target === name).map((row) => row.slug);
      if (slugs.length > 0) found.push({ target: name, slugs });
    });
    return found;
  }

  async #measure(): Promise<void> {
    await this.#eachTarget('measures', (name) => measureTarget(this.session, name, this.#gauges));
    const { pipeline } = this.ref;
    for (const target of this.session.targetNames) {
      const value = this.#away.has(target) ? 1 : 0;
      this.#gauges.set({ name: 'sluice_target_away', labels: { pipeline, target }, value });
    }
  }

  async #prune(): Promise<void> {
    await this.#eachTarget('old history', async (name) => {
      const target = await this.session.target(name);
      await target.state.journal.prune(KEEP_DAYS, KEEP_ROWS);
    });
  }

  /** The pipeline reconciles when a target answers again; all of them away is a failure. */
  async #eachTarget(what: string, work: (name: string) => Promise<void>): Promise<void> {
    const { targetNames } = this.session;
    await this.#troubles.eachTarget(what, targetNames, async (name) => {
      try {
        await work(name);
        if (this.#away.delete(name)) this.#back = name;
      } catch (thrown) {
        if (isShut(thrown)) this.#away.add(name);
        if (this.#away.size === targetNames.length) throw new AllAway(thrown);
        throw thrown;
      }
    });
  }
}

/** The words of SQL control in the words of messages. */
const COMMAND_OF_SQL: Readonly<Record<string, CommandName>> = {
  pause: 'pause',
  resume: 'resume',
  enable: 'resume',
  disable: 'pause',
  resync: 'forceResync',
  retry: 'retry',
  verify: 'verify',
};

function commandOf(row: CommandRow): AddressedCommand['command'] | null {
  const name = COMMAND_OF_SQL[row.command];
  if (name === undefined) return null;
  const parsed = parseCommand(
    name,
    { by: row.requestedBy.slice(0, 200), reason: (row.reason ?? 'asked for in SQL').slice(0, 200) },
    `${SQL_REQUEST}${row.commandId}`,
  );
  return parsed.ok ? parsed.command : null;
}
