/**
 * Bring configuration, source, targets and the `sluice` schema together. May be run at any time,
 * any number of times, by several workers: every step either finds things as they should be or
 * makes them so.
 */
import { formatTableName } from '../config/table-name.js';
import { matchTables } from '../config/table-glob.js';
import { configRevision } from '../config/revision.js';
import { SluiceError, toSluiceError } from '../core/errors.js';
import { feedKindOfMode } from '../core/feed-kind.js';
import { sameTable, type TableName } from '../core/names.js';
import { DEFAULT_TUNING, type PipelineFacts, type TargetFacts } from '../core/protocol.js';
import { chooseMode } from '../core/table-mode.js';
import type { TableModel } from '../engines/contract/schema.js';
import type { TargetDatabase } from '../engines/engine.js';
import { detachRemoved, type TargetOfPipeline } from './detach-removed.js';
import { isAskedByConfig, isAskedByPerson, offeredTables, toDiscover } from './discovered.js';
import { lanesToRun, readLanes } from './lane-state.js';
import { prepareLanes, type PreparedLanes } from './lanes.js';
import { lostTargets, unconfirmedLoss } from './lost-targets.js';
import { judgeTables, upsertOwned } from './refused-tables.js';
import { dropUnoffered, showWaiting } from './show-discovered.js';
import { tellErrors } from './tell-errors.js';
import { tableSlug } from '../state/slug.js';
import type { PipelineRevision, TableRow, TableSpec } from '../state/store.js';
import type { PipelineSession } from './pipeline-session.js';

export interface ReconcileOptions {
  readonly attributes: boolean;
  readonly worker: string;
  /** Tables that would leave although nobody confirmed: `wait` keeps them following and says so. */
  readonly detach: 'confirmed' | 'refuse' | 'wait';
}

export async function reconcile(
  session: PipelineSession,
  options: ReconcileOptions,
): Promise<PipelineFacts> {
  const { config } = session;
  const source = await session.source();
  const all = await session.models();
  const offered = await offeredTables(session);
  const named = namedTables(session, all, offered);
  const revision = configRevision(config);
  const sourceDatabase = (await source.identity()).database;
  const lost = options.detach === 'confirmed' ? [] : await lostTargets(session);
  const loss = lost.length === 0 ? null : unconfirmedLoss(session.pipeline, lost);
  if (loss !== null && options.detach === 'refuse') throw loss;
  const common = { revision, all, named, offered, sourceDatabase, loss };
  const targets: TargetFacts[] = [];
  const failures: unknown[] = [];
  for (const name of session.targetNames) {
    try {
      targets.push(await reconcileTarget(session, name, common, options));
    } catch (thrown) {
      if (!isForgiven(thrown, options)) throw thrown;
      failures.push(thrown);
      const { enabled } = session.targetConfig(name);
      targets.push(awayFacts(name, enabled, toSluiceError(thrown)));
    }
  }
  if (failures.length === session.targetNames.length) throw failures[0];
  return {
    revision,
    enabled: config.enabled,
    targets,
    ...(lost.length === 0 ? {} : { lost }),
    attributes: options.attributes,
    tuning: {
      heartbeatTimeoutMs: config.heartbeatTimeout,
      firstRetryMs: Math.min(1_000, config.attemptWait),
      longestRetryMs: config.attemptWait,
      attempts: config.attempts,
      backOffMs: Math.min(DEFAULT_TUNING.backOffMs, config.attemptWait),
    },
  };
}

const AWAY = new Set<string>([
  'CONNECTION_LOST',
  'SERVER_UNREACHABLE',
  'LOGIN_REFUSED',
  'SERVER_BUSY',
]);

/** Whether a failure only says that a server is not there just now. */
export function isAway(thrown: unknown): boolean {
  return AWAY.has(toSluiceError(thrown).code);
}

const SHUT = new Set([
  ...AWAY,
  'DATABASE_MISSING',
  'TLS_REFUSED',
  'SECRET_MISSING',
  'STATE_MISSING',
]);

/** Whether a failure says that nothing can be done with a target, until somebody mends it. */
export function isShut(thrown: unknown): boolean {
  return SHUT.has(toSluiceError(thrown).code);
}

/**
 * The trouble of one target must not keep the others from being looked after. Who asks for it by
 * hand is told what is wrong instead, unless the target is only away.
 */
function isForgiven(thrown: unknown, { detach }: ReconcileOptions): boolean {
  if (isAway(thrown)) return true;
  return detach === 'wait' && toSluiceError(thrown).kind !== 'benign';
}

function awayFacts(target: string, enabled: boolean, error: SluiceError): TargetFacts {
  const away = `${error.message} ${error.remedy ?? ''}`.trim();
  return { target, lanes: [], tables: 0, enabled, away };
}

interface Common {
  readonly revision: string;
  readonly all: readonly TableModel[];
  /** Those that the configuration names. */
  readonly named: readonly TableModel[];
  /** Those that the source offers beside them. */
  readonly offered: readonly TableName[];
  readonly sourceDatabase: string;
  /** Targets that would be lost although nobody confirmed it: this configuration is not agreed on. */
  readonly loss: SluiceError | null;
}

async function reconcileTarget(
  session: PipelineSession,
  name: string,
  common: Common,
  options: ReconcileOptions,
): Promise<TargetFacts> {
  const { config } = session;
  const { revision, sourceDatabase, loss } = common;
  const target = await prepareTarget(session, name, sourceDatabase);
  const { models, personal, waiting } = await divide(session, name, target, common);
  const rows = await rowsOf(session, name, target);
  const rowOf = ({ source }: TableSpec) => rows.find((row) => sameTable(row.source, source));
  const wanted = models.map((model) => specOf(session, name, model, personal.has(model)));
  // Nothing of a configuration that is not agreed on is used: no table comes, and none goes.
  const { accepted, refused } = judgeTables(
    loss === null ? wanted : wanted.filter((spec) => rowOf(spec) !== undefined),
    rowOf,
  );
  const byHand = options.detach !== 'wait';
  if (byHand && refused[0] !== undefined) throw refused[0].error;
  const lanes = await lanesFor(session, name, target, accepted);
  const specs = accepted.map((spec) => ({ ...spec, laneId: lanes.ids.get(spec.slug) ?? null }));
  const shown = waiting.map((model) => waitingSpec(session, name, model));
  const at = { pipeline: session.pipeline, name, target };
  const kept = [...specs, ...shown, ...refused.map(({ spec }) => spec)];
  await dropUnoffered(at, kept);
  const present = common.all.map((model) => model.name);
  const unconfirmed = loss === null ? await detachRemoved(at, kept, present, options.detach) : null;
  const current = await target.state.pipelines.current(session.pipeline, name);
  if (current?.configHash !== revision && loss === null) {
    await saveRevision(session, at, common, current, options.worker);
  }
  const stored = { ...at, revision: current?.revision ?? '1' };
  const owned = await upsertOwned(target.state, stored, specs);
  if (byHand && owned[0] !== undefined) throw owned[0];
  await showWaiting(at, specs, shown, stored.revision);
  const against = [loss, unconfirmed, ...refused.map(({ error }) => error), ...owned];
  await tellErrors(
    at,
    against.filter((error) => error !== null),
  );
  return {
    target: name,
    lanes: lanesToRun(await readLanes(target.state, session.pipeline, name), lanes.numbers),
    tables: specs.length - owned.length,
    enabled: config.enabled && session.targetConfig(name).enabled,
    away: null,
  };
}

function saveRevision(
  { pipeline, config }: PipelineSession,
  { name, target }: TargetOfPipeline,
  { revision, sourceDatabase }: Common,
  current: PipelineRevision | null,
  worker: string,
): Promise<boolean> {
  const next = {
    pipeline,
    target: name,
    revision: String(Number(current?.revision ?? '0') + 1),
    configHash: revision,
    body: config,
    sourceIdentity: sourceDatabase,
    createdBy: worker,
  };
  return target.state.pipelines.save(next, current?.revision ?? null);
}

/** What the configuration names, or says of what is offered. */
export function namedTables(
  session: PipelineSession,
  all: readonly TableModel[],
  offered: readonly TableName[],
): readonly TableModel[] {
  const asked = offered.filter((name) => isAskedByConfig(session, name));
  return [...selectTables(session, all), ...modelsOf(all, asked)];
}

function modelsOf(all: readonly TableModel[], names: readonly TableName[]): TableModel[] {
  return all.filter((model) => names.some((name) => sameTable(name, model.name)));
}

interface Divided {
  /** To be replicated. */
  readonly models: readonly TableModel[];
  /** Those of them that only a person asked for. */
  readonly personal: ReadonlySet<TableModel>;
  /** To be shown. */
  readonly waiting: readonly TableModel[];
}

/** What is discovered waits on each target for itself. */
async function divide(
  session: PipelineSession,
  name: string,
  target: TargetDatabase,
  { all, named, offered }: Common,
): Promise<Divided> {
  const rows = await rowsOf(session, name, target);
  const others = all.filter((model) => !named.includes(model));
  const askedFor = rows.filter(isAskedByPerson).map((row) => row.source);
  const personal = modelsOf(others, askedFor);
  const waiting = modelsOf(others, toDiscover(offered, rows)).filter(
    (model) => !personal.includes(model),
  );
  return { models: [...named, ...personal], personal: new Set(personal), waiting };
}

async function rowsOf(
  session: PipelineSession,
  name: string,
  target: TargetDatabase,
): Promise<readonly TableRow[]> {
  const rows = await target.state.tables.list(session.pipeline);
  return rows.filter((row) => row.target === name);
}

/** The tables that include and exclude name; those that can never follow are left out with a word. */
function selectTables(
  session: PipelineSession,
  models: readonly TableModel[],
): readonly TableModel[] {
  const { include, exclude } = session.config.tables;
  const names = models.map((model) => formatTableName(model.name));
  const chosen = new Set(matchTables(include, exclude, names));
  // Without a pattern only what the source offers is asked for.
  if (chosen.size === 0 && include.length > 0) {
    throw new SluiceError(
      'TABLE_UNKNOWN',
      `No table of the source matches what the pipeline ${session.pipeline} includes (${include.join(', ')}).`,
      {
        remedy:
          'Correct tables.include, or grant the login the right to see the tables; ' +
          'sluice remove ends a pipeline that has none any more.',
      },
    );
  }
  return models.filter((model) => chosen.has(formatTableName(model.name)));
}

/** Its database is made where that is allowed, and its state. */
async function prepareTarget(
  session: PipelineSession,
  name: string,
  sourceDatabase: string,
): Promise<TargetDatabase> {
  const unlike = await makeDatabase(session, name);
  const target = await session.target(name);
  await refuseSameDatabase(session, name, target, sourceDatabase);
  await target.state.migrate();
  if (unlike === null) return target;
  const entry = { pipeline: session.pipeline, target: name, level: 'warning' } as const;
  await target.state.journal.event({ ...entry, kind: 'database.unlike', message: unlike });
  return target;
}

/** Returns what of a database that was made is not as on the source. */
async function makeDatabase(session: PipelineSession, name: string): Promise<string | null> {
  const { createDatabase, connection } = session.targetConfig(name);
  if (!createDatabase) return null;
  return session.targetEngine(name).createDatabase(session.resolver(connection), {
    applicationName: `sluice ${session.pipeline} set-up`,
    like: await session.source(),
  });
}

async function refuseSameDatabase(
  session: PipelineSession,
  name: string,
  target: TargetDatabase,
  sourceDatabase: string,
): Promise<void> {
  const identity = await target.identity();
  if (identity.database !== sourceDatabase) return;
  throw new SluiceError(
    'SOURCE_IS_TARGET',
    `The target ${name} of the pipeline ${session.pipeline} is the source itself.`,
    { remedy: `Point connections.${session.targetConfig(name).connection} at another database.` },
  );
}

/** The lanes that these tables need, each with its feed on the source. */
function lanesFor(
  session: PipelineSession,
  name: string,
  target: TargetDatabase,
  specs: readonly TableSpec[],
): Promise<PreparedLanes> {
  const followers = specs.flatMap(({ slug, mode }) => {
    const kind = feedKindOfMode(mode);
    return kind === null ? [] : [{ slug, kind }];
  });
  return prepareLanes(session, name, target, followers);
}

function modeOf(session: PipelineSession, target: string, model: TableModel): string {
  const settings = session.settings(target, model.name);
  return chooseMode(settings.mode, model, {
    feeds: session.sourceEngine().capabilities.feeds,
    watermarkColumn: settings.watermark.column,
  }).mode;
}

/** `asked`: only a person did so, not the configuration. */
/** What the configuration says of a table, as the state store keeps it; it has no lane yet. */
export function specOf(
  session: PipelineSession,
  target: string,
  model: TableModel,
  asked: boolean,
): TableSpec {
  const settings = session.settings(target, model.name);
  return {
    slug: tableSlug(model.name),
    source: model.name,
    targetTable: settings.target,
    mode: modeOf(session, target, model),
    load: settings.load,
    enabled: settings.active,
    laneId: null,
    ...(asked ? { discovered: 'asked' as const } : {}),
  };
}

/** Nothing is made for it on the source until somebody asks. */
function waitingSpec(session: PipelineSession, target: string, model: TableModel): TableSpec {
  return { ...specOf(session, target, model, false), enabled: false, discovered: 'waiting' };
}
