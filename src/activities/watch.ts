/**
 * One long activity per pipeline that looks every few seconds at everything that may change without
 * telling a workflow: the configuration, what lanes and SQL left in `sluice`, reset triggers, the
 * catalogue of the source. It returns as soon as a workflow has something to do.
 */
import { configRevision } from '../config/revision.js';
import { parseCommand } from '../core/command.js';
import type {
  AddressedCommand,
  CommandName,
  PipelineRef,
  WatchActivities,
  WatchResult,
} from '../core/protocol.js';
import type { CommandRow, TableRow } from '../state/store.js';
import { address } from './address-command.js';
import { SQL_REQUEST } from './control.js';
import { wantedTables, whyTablesDiffer, whyToReconcile } from './children-gone.js';
import type { Dependencies } from './dependencies.js';
import { followSchema } from './follow-schema.js';
import { LOOP_LIMIT_MS, longRunning, type LongRun } from './long-running.js';
import { PipelineSession, readConfiguration } from '../session/pipeline-session.js';
import { isAway } from '../session/reconcile.js';
import { guardSourceLog, watchParked } from './watch-budgets.js';
import { watchCatalogue } from './watch-catalogue.js';
import { watchResetTriggers } from './watch-reset-triggers.js';
import { watchRetention } from './watch-retention.js';

/** The configuration is a file here, the rest a few queries. */
const READ_EVERY_MS = 1_000;
const LOOK_EVERY_MS = 2_000;
/** Children that somebody terminated come back; a call for each of them. */
const CHILDREN_EVERY_MS = 10 * 60_000;
const CATALOGUE_EVERY_MS = 5_000;
const RESET_TRIGGERS_EVERY_MS = 10_000;
const BUDGETS_EVERY_MS = 5_000;
/** Views, routines and sequences: one catalogue reading per side. */
const SCHEMA_EVERY_MS = 60_000;
const PRUNE_EVERY_MS = 3_600_000;
const KEEP_DAYS = 30;
const KEEP_ROWS = 1_000_000;

/** Names of tables that one answer to the workflow holds. */
const PAGE = 200;

const QUIET: WatchResult = { reconcile: false, why: null, attention: [], commands: [] };

export function watchActivities(deps: Dependencies): WatchActivities {
  const told = new Map<string, string>();
  const seen = new Map<string, string>();
  return {
    watchPipeline: (ref) =>
      longRunning(LOOP_LIMIT_MS, (run) =>
        PipelineSession.use(deps.session, ref.pipeline, 'watch', (session) =>
          new PipelineWatch(deps, session, ref, run, { told, seen }).run(),
        ),
      ),
  };
}

/** What a worker remembers from one watch of a pipeline to the next, by pipeline. */
interface Memory {
  /** What was said about a configuration that cannot be used. */
  readonly told: Map<string, string>;
  /** How the source's tables differed from those that are followed. */
  readonly seen: Map<string, string>;
}

class PipelineWatch {
  private readonly told: Map<string, string>;
  private readonly seen: Map<string, string>;
  readonly #due = new Map<string, number>();
  #seenRevision: string;
  #trouble = '';
  readonly #away = new Set<string>();
  #back: string | null = null;

  constructor(
    private readonly deps: Dependencies,
    private readonly session: PipelineSession,
    private readonly ref: PipelineRef & { readonly revision: string },
    private readonly run_: LongRun,
    { told, seen }: Memory,
  ) {
    this.told = told;
    this.seen = seen;
    this.#seenRevision = ref.revision;
    this.#due.set('children', Date.now() + CHILDREN_EVERY_MS);
  }

  async run(): Promise<WatchResult> {
    while (!this.run_.dueToReturn()) {
      const found = await this.#look();
      if (found !== null) return found;
      await this.run_.pause(READ_EVERY_MS);
    }
    return QUIET;
  }

  async #look(): Promise<WatchResult | null> {
    if (await this.#configurationChanged()) {
      return { ...QUIET, reconcile: true, why: 'the configuration changed' };
    }
    if (!this.#isDue('databases', LOOK_EVERY_MS)) return null;
    if (this.#isDue('source log', BUDGETS_EVERY_MS)) {
      await guardSourceLog(this.session, this.deps.logger);
    }
    if (this.#back !== null) {
      return { ...QUIET, reconcile: true, why: `the target ${this.#back} answers again` };
    }
    const why = await this.#tablesDiffer();
    if (why !== null) return { ...QUIET, reconcile: true, why };
    const commands = [...(await this.#commands()), ...(await this.#resetTriggers())];
    if (this.#isDue('catalogue', CATALOGUE_EVERY_MS)) await this.#watchCatalogue();
    if (this.#isDue('parked', BUDGETS_EVERY_MS)) await this.#watchParked();
    const attention = await this.#attention();
    if (commands.length > 0 || attention.length > 0) return { ...QUIET, attention, commands };
    if (this.#isDue('schema', SCHEMA_EVERY_MS)) await this.#followSchema();
    if (this.#isDue('prune', PRUNE_EVERY_MS)) await this.#prune();
    if (!this.#isDue('children', CHILDREN_EVERY_MS)) return null;
    const gone = await whyToReconcile(this.deps, this.session, this.#present());
    return gone === null ? null : { ...QUIET, reconcile: true, why: gone };
  }

  #present(): string[] {
    return this.session.targetNames.filter((name) => !this.#away.has(name));
  }

  /** Once for each difference: one that waits for a confirmation stays what it is. */
  async #tablesDiffer(): Promise<string | null> {
    if (!this.#isDue('tables', CATALOGUE_EVERY_MS)) return null;
    const wanted = await wantedTables(this.session);
    const found: string[] = [];
    await this.#eachTarget(async (name) => {
      const differs = await whyTablesDiffer(this.session, name, wanted);
      if (differs !== null) found.push(differs);
    });
    const why = found.length === 0 ? null : found.join('; ');
    const { pipeline } = this.ref;
    const known = this.seen.get(pipeline);
    if (why === null) this.seen.delete(pipeline);
    else this.seen.set(pipeline, why);
    return why === known ? null : why;
  }

  /**
   * A new configuration counts after two equal readings, so that a file that is being written does
   * not; an invalid one is said in the log and the old one keeps running.
   */
  async #configurationChanged(): Promise<boolean> {
    try {
      const { config } = readConfiguration(this.deps.session);
      const pipeline = config.pipelines[this.ref.pipeline];
      if (pipeline === undefined) throw new Error(`It lacks the pipeline ${this.ref.pipeline}.`);
      const revision = configRevision(pipeline);
      const twice = revision === this.#seenRevision;
      this.#seenRevision = revision;
      this.told.delete(this.ref.pipeline);
      return twice && revision !== this.ref.revision;
    } catch (error) {
      await this.#reportUnusable(error instanceof Error ? error.message : '');
      return false;
    }
  }

  /** Once for each text, and only when two readings agree: a file may be half written. */
  async #reportUnusable(message: string): Promise<void> {
    const { pipeline } = this.ref;
    const twice = message === this.#trouble;
    this.#seenRevision = '';
    this.#trouble = message;
    if (!twice || this.told.get(pipeline) === message) return;
    this.told.set(pipeline, message);
    const text = `The new configuration is not used; the old one goes on. ${message}`;
    this.deps.logger.warn({ pipeline }, text);
    for (const name of this.session.targetNames) {
      const { state } = await this.session.target(name);
      const entry = { pipeline, target: name, level: 'warning', kind: 'config.invalid' } as const;
      await state.journal.event({ ...entry, message: text });
    }
  }

  async #commands(): Promise<AddressedCommand[]> {
    const addressed: AddressedCommand[] = [];
    let named = 0;
    await this.#eachTarget(async (name) => {
      const target = await this.session.target(name);
      const rows = await target.state.journal.takeCommands(this.ref.pipeline);
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
    await this.#eachTarget(async (name) => {
      const target = await this.session.target(name);
      const rows = await target.state.tables.needingAttention(this.ref.pipeline);
      const slugs = rows.filter((row) => row.target === name).map((row) => row.slug);
      if (slugs.length > 0) found.push({ target: name, slugs });
    });
    return found;
  }

  async #resetTriggers(): Promise<AddressedCommand[]> {
    if (!this.#isDue('reset triggers', RESET_TRIGGERS_EVERY_MS)) return [];
    const found: AddressedCommand[] = [];
    await this.#eachTarget(async (name) => {
      found.push(...(await watchResetTriggers(this.session, name)));
    });
    return found;
  }

  async #watchCatalogue(): Promise<void> {
    await this.#eachTarget((name) => watchCatalogue(this.session, name));
  }

  async #watchParked(): Promise<void> {
    await this.#eachTarget(async (name) => {
      await watchParked(this.session, name);
      await watchRetention(this.session, name);
    });
  }

  async #followSchema(): Promise<void> {
    await this.#eachTarget((name) => followSchema(this.session, name));
  }

  async #prune(): Promise<void> {
    await this.#eachTarget(async (name) => {
      const target = await this.session.target(name);
      await target.state.journal.prune(KEEP_DAYS, KEEP_ROWS);
    });
  }

  /**
   * One target that is away must not keep the others from being looked after; the pipeline
   * reconciles when it answers again. All of them away is a failure.
   */
  async #eachTarget(work: (name: string) => Promise<void>): Promise<void> {
    for (const name of this.session.targetNames) {
      try {
        await work(name);
        if (this.#away.delete(name)) this.#back = name;
      } catch (thrown) {
        if (!isAway(thrown)) throw thrown;
        this.#away.add(name);
        if (this.#away.size === this.session.targetNames.length) throw thrown;
      }
    }
  }

  #isDue(what: string, everyMs: number): boolean {
    const now = Date.now();
    if ((this.#due.get(what) ?? 0) > now) return false;
    this.#due.set(what, now + everyMs);
    return true;
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
