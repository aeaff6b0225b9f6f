/** One history from the first row to the comparison of both sides. */
import { setTimeout as delay } from 'node:timers/promises';
import { controlActivities } from '../../../../src/activities/control/control.js';
import type { Dependencies } from '../../../../src/activities/dependencies.js';
import { copyActivities } from '../../../../src/activities/full-sync/copy.js';
import { streamActivities } from '../../../../src/activities/lane/apply-changes.js';
import { verifyActivities } from '../../../../src/activities/verify/verify.js';
import { watchCatalogue } from '../../../../src/activities/watch/watch-catalogue.js';
import type { VerifyResult } from '../../../../src/core/protocol.js';
import { MENDED_BY_RESYNC } from '../../../../src/core/table-life.js';
import type { PostgresVersion } from '../../../../src/local/postgres-server.js';
import type { TableRow } from '../../../../src/state/store.js';
import { waitFor } from '../../../support/wait-for.js';
import type { Shop } from '../watermark/activity-fixture.js';
import { openShop } from '../watermark/activity-fixture.js';
import { quietEnvironment } from './attempt.js';
import { differences } from './compare.js';
import type { History, Step } from './history.js';
import { describeStep } from './history.js';
import { LaneLife } from './lane-life.js';
import { TableLife } from './table-life.js';
import { Trace } from './trace.js';
import { Writers } from './writers.js';
import { alter, create, statementsOf } from './writes.js';
import type { Kind } from './zoo.js';
import { ZOO } from './zoo.js';

const TARGET = 'copy';
const CATALOGUE_EVERY_MS = 200;
const ARRIVES_MS = 60_000;
/** What a history may do to a table that only a new copy, or a moment, mends. */
const EXPECTED_FAULTS = new Set(['FEED_CHANGED', 'SCHEMA_MISMATCH']);

function kindsOf(history: History): Kind[] {
  return history.kinds.flatMap((which) => ZOO[which] ?? []);
}

/** What was found to be wrong, then what happened; nothing when both sides are equal. */
export async function runHistory(version: PostgresVersion, history: History): Promise<string[]> {
  const run = await Run.open(version, history);
  try {
    for (const step of history.steps) await run.take(step);
    await run.finish();
    return run.report();
  } finally {
    await run.close();
  }
}

class Run {
  readonly #faults: string[] = [];
  readonly #beside: Promise<void>[] = [];
  #closing = false;
  #altered = false;

  private constructor(
    private readonly shop: Shop,
    private readonly kinds: readonly Kind[],
    private readonly writers: Writers,
    private readonly tables: ReadonlyMap<string, TableLife>,
    private readonly lane: LaneLife,
    private readonly trace: Trace,
  ) {}

  static async open(version: PostgresVersion, history: History): Promise<Run> {
    const kinds = kindsOf(history);
    const { foreignKeys, batch } = history;
    const settings = Object.fromEntries(
      kinds.map((kind) => [`public.${kind.table}`, kind.settings ?? {}]),
    );
    const shop = await openShop(
      version,
      'history',
      { chunk: { bytes: '8KB' }, parallelism: 1 },
      {},
      {
        source: { createPublication: true, createSlot: true },
        pipeline: { tables: { include: ['public.*'], settings }, foreignKeys, batch },
      },
    );
    // Transactions of some ten rows are sent while they are open.
    await shop.source.query(
      `alter database "${shop.source.name}" set logical_decoding_work_mem = '64kB'`,
    );
    await shop.source.query(kinds.map(create).join(';\n'));
    await shop.reconcile();
    const deps = {
      session: { configPath: shop.configPath },
      worker: 'histories',
      attributes: false,
    } as unknown as Dependencies;
    const copy = copyActivities(deps);
    const control = controlActivities(deps);
    const { pipeline } = shop;
    const trace = new Trace();
    const tables = new Map<string, TableLife>();
    for (const { table } of kinds) {
      const ref = { pipeline, target: TARGET, slug: `public.${table}` };
      tables.set(table, new TableLife(ref, copy, control, (line) => trace.say(table, line)));
    }
    const lane = new LaneLife({ pipeline, target: TARGET, n: 0 }, streamActivities(deps), (line) =>
      trace.say(null, line),
    );
    const run = new Run(shop, kinds, await Writers.connect(shop.source), tables, lane, trace);
    lane.start();
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
        return this.#write(step, statementsOf(this.#kind(step), step));
      case 'begin':
        return this.writers.begin(step.by);
      case 'commit':
      case 'rollback':
        return this.writers.end(step.by, step.do);
      case 'savepoint':
      case 'rollbackTo':
        return this.writers.savepoint(step.by, step.do);
      case 'truncate':
        this.#altered = true;
        return this.#write(step, [`truncate ${this.#kind(step).table} cascade`]);
      case 'alter':
        this.#altered = true;
        return this.#write(step, alter(this.#kind(step), step.what));
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
        return this.#kill(step.side, step.nth);
      case 'lane':
        return step.what === 'restart' ? this.lane.restart() : this.lane.twin();
    }
  }

  async finish(): Promise<void> {
    await this.writers.endAll();
    for (const table of this.tables.values()) {
      table.letGo();
      table.command('resume');
    }
    try {
      await this.#arrived();
    } catch (error) {
      this.#faults.push(
        `It did not arrive: ${String(error)}; ${this.#describe(await this.#rows())}`,
      );
    }
    for (const { table } of this.kinds) {
      const found = await differences(this.shop, table).catch((error: unknown) => [
        `${table} could not be compared: ${String(error)}`,
      ]);
      this.#faults.push(...found);
      await this.#verify(table);
    }
    const codes = await this.shop.target.query<{ code: string; message: string }>(
      'select code, message from sluice.error',
    );
    for (const { code, message } of codes) {
      if (!(this.#altered && EXPECTED_FAULTS.has(code))) this.#faults.push(`${code}: ${message}`);
    }
  }

  report(): string[] {
    const wrong = this.kinds
      .map(({ table }) => table)
      .filter((table) => this.#faults.some((fault) => fault.includes(table)));
    return this.#faults.length === 0 ? [] : [...this.#faults, ...this.trace.of(wrong)];
  }

  async close(): Promise<void> {
    this.#closing = true;
    await Promise.all([...this.tables.values()].map(async (table) => table.stop()));
    await this.lane.stop();
    await Promise.all(this.#beside);
    await this.shop.close();
  }

  /** Every table streams, and its lane has passed all that was written. */
  async #arrived(): Promise<void> {
    await waitFor(
      'every table streams and its lane has passed the end of the source',
      async () => {
        const rows = await this.#rows();
        for (const row of rows) this.#askAgain(row);
        const streams = rows.every((row) => row.phase === 'streaming' && row.applies && !row.parks);
        return streams && (await this.#passed());
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
    return this.shop.use(async (session) => {
      const end = await (await session.source()).feed('cdc').end();
      const target = await session.target(TARGET);
      return waitFor('the lane is there', async () => {
        const [lane] = await target.state.lanes.list(session.pipeline);
        return (lane?.position ?? '') >= (end ?? '');
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
    return this.shop.use(async (session) => {
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
    await this.shop.target.query(
      'update sluice.table_state set load = $1 where source_table = $2',
      [step.load, table],
    );
    this.#life(step).command('forceResync');
    if (step.twice) {
      await this.#life(step).tick(true);
      this.#life(step).command('forceResync');
    }
  }

  async #verify(table: string): Promise<void> {
    const ref = { pipeline: this.shop.pipeline, target: TARGET, slug: `public.${table}` };
    const compare = verifyActivities({
      session: { configPath: this.shop.configPath },
    } as unknown as Dependencies);
    const verify = async (): Promise<VerifyResult> =>
      compare.verifyTable({ ...ref, scope: 'full', repair: false });
    const result = await quietEnvironment()
      .run<[], VerifyResult, typeof verify>(verify)
      .catch(() => null);
    if (result?.result === 'failed') {
      this.#faults.push(`A verification of ${table} failed: ${JSON.stringify(result)}`);
    }
  }

  /** One of the sessions that Sluice has there dies, whatever it does just now. */
  async #kill(side: 'source' | 'target', nth: number): Promise<void> {
    const database = this.shop[side];
    await database.query(
      `select pg_terminate_backend(pid) from (
         select pid from pg_stat_activity
          where datname = current_database() and application_name like 'sluice%'
          order by pid) s
        offset $1 % greatest(1, (select count(*) from pg_stat_activity
          where datname = current_database() and application_name like 'sluice%')) limit 1`,
      [nth],
    );
  }

  async #followCatalogue(): Promise<void> {
    while (!this.#closing) {
      await this.shop
        .use(async (session) => watchCatalogue(session, TARGET))
        .catch(() => undefined);
      await delay(CATALOGUE_EVERY_MS);
    }
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
