/** One history from the first row to the comparison of both sides. */
import { setTimeout as delay } from 'node:timers/promises';
import { controlActivities } from '../../../src/activities/control/control.js';
import type { Dependencies } from '../../../src/activities/dependencies.js';
import { copyActivities } from '../../../src/activities/full-sync/copy.js';
import { streamActivities } from '../../../src/activities/lane/apply-changes.js';
import { verifyActivities } from '../../../src/activities/verify/verify.js';
import { watchCatalogue } from '../../../src/activities/watch/watch-catalogue.js';
import type { FeedKind } from '../../../src/core/feed-kind.js';
import type { VerifyResult } from '../../../src/core/protocol.js';
import { MENDED_BY_RESYNC } from '../../../src/core/table-life.js';
import type { TableRow } from '../../../src/state/store.js';
import { waitFor } from '../../support/wait-for.js';
import type { Arena } from './arena.js';
import { openArena, TARGET } from './arena.js';
import { quietEnvironment } from './attempt.js';
import { differences } from './compare.js';
import type { Dialect, End, Kind, SourceEnd } from './ends.js';
import type { History, Realm, Step } from './history.js';
import { describeStep } from './history.js';
import { brokenJoins } from './joins.js';
import { LaneLife } from './lane-life.js';
import { TableLife } from './table-life.js';
import { Trace } from './trace.js';
import { Writers } from './writers.js';
import { alter, firstRows, statementsOf } from './writes.js';

const ARRIVES_MS = 120_000;
/**
 * What a history may do to a table that only a new copy, or a moment, mends. Change Data Capture does
 * not tell what a new column had before its new capture instance began.
 */
const AFTER_ALTERING = {
  postgres: ['FEED_CHANGED', 'SCHEMA_MISMATCH'],
  sqlserver: ['FEED_CHANGED', 'SCHEMA_MISMATCH', 'FEED_GAP'],
};
/** Change Tracking says of a truncated table that what became of its rows is not known. */
const AFTER_TRUNCATING = { cdc: [], changeTracking: ['FEED_GAP'] };

/** Where histories of a kind take place. */
export interface Place extends Realm {
  readonly feed: FeedKind;
  /** Definitions are looked at this often. */
  readonly catalogueEveryMs: number;
  openSource(): Promise<SourceEnd>;
  openTarget(): Promise<End>;
  /** Why its servers are not on this machine; null or nothing: they are. */
  readonly missing?: string | null;
}

/** What was found to be wrong, then what happened; nothing when both sides are equal. */
export async function runHistory(place: Place, history: History): Promise<string[]> {
  const run = await Run.open(place, history);
  try {
    for (const step of history.steps) await run.take(step);
    await run.finish();
  } catch (error) {
    run.broke(error);
  }
  await run.close();
  return run.report();
}

class Run {
  readonly #faults: string[] = [];
  readonly #beside: Promise<void>[] = [];
  #closing = false;
  readonly #expected = new Set<string>();
  /** Made anew, which is not noticed at once: until then a verification finds that both differ. */
  readonly #remade = new Set<string>();

  private constructor(
    private readonly place: Place,
    private readonly arena: Arena,
    private readonly kinds: readonly Kind[],
    private readonly writers: Writers,
    private readonly tables: ReadonlyMap<string, TableLife>,
    private readonly lanes: readonly LaneLife[],
    private readonly trace: Trace,
  ) {}

  static async open(place: Place, history: History): Promise<Run> {
    const kinds = history.kinds.flatMap((which) => place.zoo[which] ?? []);
    const source = await place.openSource();
    const target = await place.openTarget();
    const arena = await openArena(source, target, place.feed, kinds, history);
    await source.create(kinds, (kind) => firstRows(source.dialect, kind));
    const numbers = await arena.reconcile();
    const deps = {
      session: { configPath: arena.configPath },
      worker: 'histories',
      attributes: false,
    } as unknown as Dependencies;
    const copy = copyActivities(deps);
    const control = controlActivities(deps);
    const stream = streamActivities(deps);
    const { pipeline } = arena;
    const trace = new Trace();
    const tables = new Map<string, TableLife>();
    for (const { table } of kinds) {
      const ref = { pipeline, target: TARGET, slug: `${source.schema}.${table}` };
      tables.set(table, new TableLife(ref, copy, control, (line) => trace.say(table, line)));
    }
    const lanes = numbers.map(
      (n) => new LaneLife({ pipeline, target: TARGET, n }, stream, (line) => trace.say(null, line)),
    );
    const run = new Run(place, arena, kinds, await Writers.connect(source), tables, lanes, trace);
    for (const lane of lanes) lane.start();
    for (const table of tables.values()) table.start();
    run.#beside.push(run.#followCatalogue());
    return run;
  }

  async take(step: Step): Promise<void> {
    const about = describeStep(
      step,
      this.kinds.map(({ table }) => table),
    );
    if (step.do !== 'tick') this.#note(step, `${about} …`);
    await this.#take(step);
  }

  async #take(step: Step): Promise<void> {
    switch (step.do) {
      case 'write':
        return this.#write(step, statementsOf(this.#sql, this.#kind(step), step));
      case 'begin':
        return this.writers.begin(step.by);
      case 'commit':
      case 'rollback':
        return this.writers.end(step.by, step.do);
      case 'savepoint':
      case 'rollbackTo':
        return this.writers.savepoint(step.by, step.do);
      case 'prepare':
        return this.writers.prepare(step.by);
      case 'commitPrepared':
        return this.writers.endPrepared(step.by, 'commit');
      case 'rollbackPrepared':
        return this.writers.endPrepared(step.by, 'rollback');
      case 'truncate':
        this.#expect(...this.#afterAltering, ...AFTER_TRUNCATING[this.place.feed]);
        return this.#write(step, [this.#sql.truncate(this.#kind(step).table)]);
      case 'alter':
        this.#expect(...this.#afterAltering);
        if (step.what === 'remake' || step.what === 'replace') {
          this.#remade.add(this.#kind(step).table);
        }
        return this.#write(step, alter(this.#sql, this.#kind(step), step.what));
      case 'tick':
        return this.#life(step).tick(step.waits);
      case 'resync':
        return this.#resync(step);
      case 'pause':
      case 'resume':
        return this.#life(step).command(step.do);
      case 'abandon':
        return this.#life(step).abandon();
      case 'verify':
        this.#beside.push(this.#verify(this.#kind(step).table));
        return;
      case 'kill':
        return this.arena[step.side].strike(step.how, step.nth);
      case 'delay':
        return this.arena.source.delay(step.ms);
      case 'lane':
        for (const lane of this.lanes) lane[step.what]();
    }
  }

  async finish(): Promise<void> {
    await this.writers.endAll();
    await this.arena.source.caughtUp();
    for (const table of this.tables.values()) {
      table.letGo();
      table.command('resume');
    }
    await this.#lookAtCatalogue();
    try {
      await this.#arrived();
      this.#remade.clear();
    } catch (error) {
      this.#faults.push(
        `It did not arrive: ${String(error)}; ${this.#describe(await this.#rows())}`,
      );
    }
    const { source, target } = this.arena;
    for (const { table } of this.kinds) {
      const name = { schema: source.schema, table };
      const found = await differences(source, target, name).catch((error: unknown) => [
        `${table} could not be compared: ${String(error)}`,
      ]);
      this.#faults.push(...found);
      await this.#verify(table);
    }
    this.#faults.push(...(await brokenJoins(target)));
    for (const { code, message } of await target.query('select code, message from sluice.error')) {
      if (this.#expected.has(String(code))) continue;
      this.#faults.push(`${String(code)}: ${String(message)}`);
    }
  }

  /** The history itself could not go on. */
  broke(error: unknown): void {
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#faults.push(`It broke: ${why}`, ...this.kinds.map(({ table }) => `with ${table}`));
  }

  report(): string[] {
    const all = this.kinds.map(({ table }) => table);
    const wrong = all.filter((table) => this.#faults.some((fault) => fault.includes(table)));
    // A fault that names no table may be of any.
    const told = this.trace.of(wrong.length === 0 ? all : wrong);
    return this.#faults.length === 0 ? [] : [...this.#faults, ...told];
  }

  async close(): Promise<void> {
    this.#closing = true;
    await this.writers.close();
    await Promise.all([...this.tables.values()].map(async (table) => table.stop()));
    await Promise.all(this.lanes.map(async (lane) => lane.stop()));
    await Promise.all(this.#beside);
    await this.arena.close();
  }

  /**
   * Every table streams, and its lane has passed all that was written, also after a look at the
   * catalogue: a copy of a table that was replaced meanwhile streams until somebody looks.
   */
  async #arrived(): Promise<void> {
    await waitFor(
      'every table streams and its lane has passed the end of the source',
      async () => {
        const rows = await this.#rows();
        for (const row of rows) this.#askAgain(row);
        if (!rows.every(streams) || !(await this.#passed())) return false;
        await this.#lookAtCatalogue();
        return (await this.#rows()).every(streams);
      },
      { timeoutMs: ARRIVES_MS, intervalMs: 100 },
    );
  }

  /** As a person would: what only a new copy mends gets one. */
  #askAgain(row: TableRow): void {
    const life = this.tables.get(row.source.table);
    if (row.phase !== 'quarantined' || life?.asks === true) return;
    if (MENDED_BY_RESYNC.has(row.faultCode ?? '')) life?.command('forceResync');
    else life?.command('retry');
  }

  async #passed(): Promise<boolean> {
    return this.arena.use(async (session) => {
      const end = await (await session.source()).feed(this.arena.feed).end();
      const target = await session.target(TARGET);
      return waitFor('the lanes are there', async () => {
        const lanes = await target.state.lanes.list(session.pipeline);
        return lanes.every(({ position }) => (position ?? '') >= end);
      });
    });
  }

  #describe(rows: readonly TableRow[]): string {
    const told = rows.map(
      ({ source, phase, wanted, cutoverStep, faultCode, faultMessage, applies, parks }) =>
        JSON.stringify({
          table: source.table,
          phase,
          wanted,
          cutoverStep,
          faultCode,
          faultMessage,
          applies,
          parks,
        }),
    );
    return told.join(', ');
  }

  async #rows(): Promise<TableRow[]> {
    return this.arena.use(async (session) => {
      const target = await session.target(TARGET);
      return [...(await target.state.tables.list(session.pipeline))];
    });
  }

  async #write(
    step: { readonly by: number; readonly table: number },
    statements: readonly string[],
  ): Promise<void> {
    const refused = await this.writers.write(step.by, statements);
    if (refused !== null) this.#note(step, `… refused: ${refused}`);
  }

  #note(step: Step | { readonly table: number }, line: string): void {
    this.trace.say('table' in step ? this.#kind(step).table : null, line);
  }

  async #resync(step: Step & { do: 'resync' }): Promise<void> {
    const { table } = this.#kind(step);
    await this.arena.target.query(
      `update sluice.table_state set "load" = '${step.load}' where source_table = '${table}'`,
    );
    this.#life(step).command('forceResync');
    if (step.twice) {
      await this.#life(step).tick(true);
      this.#life(step).command('forceResync');
    }
  }

  async #verify(table: string): Promise<void> {
    const { pipeline, configPath, source } = this.arena;
    const ref = { pipeline, target: TARGET, slug: `${source.schema}.${table}` };
    const compare = verifyActivities({ session: { configPath } } as unknown as Dependencies);
    const verify = async (): Promise<VerifyResult> =>
      compare.verifyTable({ ...ref, scope: 'full', repair: false });
    const result = await quietEnvironment()
      .run<[], VerifyResult, typeof verify>(verify)
      .catch(() => null);
    if (result?.result === 'failed' && !this.#remade.has(table)) {
      this.#faults.push(`A verification of ${table} failed: ${JSON.stringify(result)}`);
    }
  }

  async #followCatalogue(): Promise<void> {
    while (!this.#closing) {
      await this.#lookAtCatalogue().catch(() => undefined);
      await delay(this.place.catalogueEveryMs);
    }
  }

  async #lookAtCatalogue(): Promise<void> {
    await this.arena.use(async (session) => watchCatalogue(session, TARGET));
  }

  #expect(...codes: readonly string[]): void {
    for (const code of codes) this.#expected.add(code);
  }

  get #afterAltering(): readonly string[] {
    return AFTER_ALTERING[this.arena.source.engine];
  }

  get #sql(): Dialect {
    return this.arena.source.dialect;
  }

  #kind({ table }: { readonly table: number }): Kind {
    const kind = this.kinds[table % this.kinds.length];
    if (kind === undefined) throw new Error('There is no such table.');
    return kind;
  }

  #life(step: { readonly table: number }): TableLife {
    const life = this.tables.get(this.#kind(step).table);
    if (life === undefined) throw new Error('There is no such table.');
    return life;
  }
}

function streams({ phase, applies, parks }: TableRow): boolean {
  return phase === 'streaming' && applies && !parks;
}
