/**
 * Bring configuration, source, targets and the `sluice` schema together. May be run at any time,
 * any number of times, by several workers: every step either finds things as they should be or
 * makes them so.
 */
import { formatTableName } from '../config/table-name.js';
import { matchTables } from '../config/table-glob.js';
import { configRevision } from '../config/revision.js';
import { SluiceError, toSluiceError } from '../core/errors.js';
import { FEED_KINDS, feedKindOfMode, laneNumber, type FeedKind } from '../core/feed-kind.js';
import { displayName, sameTable, type TableName } from '../core/names.js';
import { DEFAULT_TUNING, type PipelineFacts, type TargetFacts } from '../core/protocol.js';
import { chooseMode } from '../core/table-mode.js';
import type { TableModel } from '../engines/contract/schema.js';
import type { TargetDatabase } from '../engines/engine.js';
import { detachRemoved } from './detach-removed.js';
import { isAskedByConfig, isAskedByPerson, offeredTables, toDiscover } from './discovered.js';
import { dropUnoffered, showWaiting } from './show-discovered.js';
import { tableSlug } from '../state/slug.js';
import type { TableSpec } from '../state/store.js';
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
  const common = { revision, all, named, offered, sourceDatabase };
  const targets: TargetFacts[] = [];
  for (const name of session.targetNames) {
    targets.push(
      await unlessAway(session, name, () => reconcileTarget(session, name, common, options)),
    );
  }
  if (targets.every((target) => target.away !== null)) {
    throw new SluiceError('SERVER_UNREACHABLE', targets[0]?.away ?? 'No target answers.');
  }
  return {
    revision,
    enabled: config.enabled,
    targets,
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

const AWAY = new Set(['CONNECTION_LOST', 'SERVER_UNREACHABLE', 'LOGIN_REFUSED', 'SERVER_BUSY']);

/** Whether a failure only says that a server is not there just now. */
export function isAway(thrown: unknown): boolean {
  return AWAY.has(toSluiceError(thrown).code);
}

/** One target that is away must not keep the others from being looked after. */
async function unlessAway(
  session: PipelineSession,
  name: string,
  work: () => Promise<TargetFacts>,
): Promise<TargetFacts> {
  try {
    return await work();
  } catch (thrown) {
    if (!isAway(thrown)) throw thrown;
    const { enabled } = session.targetConfig(name);
    return { target: name, lanes: [], tables: 0, enabled, away: toSluiceError(thrown).message };
  }
}

interface Common {
  readonly revision: string;
  readonly all: readonly TableModel[];
  /** Those that the configuration names. */
  readonly named: readonly TableModel[];
  /** Those that the source offers beside them. */
  readonly offered: readonly TableName[];
  readonly sourceDatabase: string;
}

async function reconcileTarget(
  session: PipelineSession,
  name: string,
  common: Common,
  options: ReconcileOptions,
): Promise<TargetFacts> {
  const { config } = session;
  const { revision, sourceDatabase } = common;
  const target = await openTarget(session, name);
  await refuseSameDatabase(session, name, target, sourceDatabase);
  await target.state.migrate();
  const { models, personal, waiting } = await divide(session, name, target, common);
  refuseAppending(session, name, models);
  const lanes = await prepareLanes(session, name, target, models);
  const specs = models.map((model) => {
    const spec = specOf(session, name, model, lanes);
    return personal.has(model) ? { ...spec, discovered: 'asked' as const } : spec;
  });
  refuseCollisions(specs);
  const shown = waiting.map((model) => waitingSpec(session, name, model));
  const at = { pipeline: session.pipeline, name, target };
  await dropUnoffered(at, [...specs, ...shown]);
  await detachRemoved(at, [...specs, ...shown], options.detach);
  const current = await target.state.pipelines.current(session.pipeline, name);
  if (current?.configHash !== revision) {
    await target.state.pipelines.save(
      {
        pipeline: session.pipeline,
        target: name,
        revision: String(Number(current?.revision ?? '0') + 1),
        configHash: revision,
        body: config,
        sourceIdentity: sourceDatabase,
        createdBy: options.worker,
      },
      current?.revision ?? null,
    );
  }
  await target.state.tables.upsert(session.pipeline, name, specs, current?.revision ?? '1');
  await showWaiting(at, specs, shown, current?.revision ?? '1');
  return {
    target: name,
    lanes: [...lanes.keys()].map(laneNumber),
    tables: specs.length,
    enabled: config.enabled && session.targetConfig(name).enabled,
    away: null,
  };
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
  const known = await target.state.tables.list(session.pipeline);
  const rows = known.filter((row) => row.target === name);
  const others = all.filter((model) => !named.includes(model));
  const askedFor = rows.filter(isAskedByPerson).map((row) => row.source);
  const personal = modelsOf(others, askedFor);
  const waiting = modelsOf(others, toDiscover(offered, rows)).filter(
    (model) => !personal.includes(model),
  );
  return { models: [...named, ...personal], personal: new Set(personal), waiting };
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
      { remedy: 'Correct tables.include, or grant the login the right to see the tables.' },
    );
  }
  return models.filter((model) => chosen.has(formatTableName(model.name)));
}

async function openTarget(session: PipelineSession, name: string): Promise<TargetDatabase> {
  const config = session.targetConfig(name);
  if (config.createDatabase) {
    const source = await session.source();
    await session.targetEngine(name).createDatabase(session.resolver(config.connection), {
      applicationName: `sluice ${session.pipeline} set-up`,
      like: source,
    });
  }
  return session.target(name);
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

type Lanes = ReadonlyMap<FeedKind, string>;

/** The ids of the lanes that some table needs, each with its feed on the source. */
async function prepareLanes(
  session: PipelineSession,
  name: string,
  target: TargetDatabase,
  models: readonly TableModel[],
): Promise<Lanes> {
  const modes = new Set<string>(models.map((model) => modeOf(session, name, model)));
  const lanes = new Map<FeedKind, string>();
  for (const kind of FEED_KINDS) {
    if (modes.has(kind)) lanes.set(kind, await prepareLane(session, name, target, kind));
  }
  return lanes;
}

async function prepareLane(
  session: PipelineSession,
  name: string,
  target: TargetDatabase,
  kind: FeedKind,
): Promise<string> {
  const source = await session.source();
  const lane = await target.state.lanes.ensure(session.pipeline, name, laneNumber(kind));
  if (lane.position !== null) return lane.laneId;
  const { position, created } = await source.feed(kind).prepare(session.feedName(name, kind));
  const { lineage } = await source.identity();
  await target.state.lanes.setPosition(lane.laneId, position, lineage);
  for (const object of created) {
    const [kind = 'feed', ...rest] = object.split(' ');
    await target.state.owned.add({
      side: 'source',
      kind,
      object: rest.join(' '),
      pipeline: session.pipeline,
      target: name,
    });
  }
  return lane.laneId;
}

function modeOf(session: PipelineSession, target: string, model: TableModel): string {
  const settings = session.settings(target, model.name);
  return chooseMode(settings.mode, model, {
    feeds: session.sourceEngine().capabilities.feeds,
    watermarkColumn: settings.watermark.column,
  }).mode;
}

function specOf(
  session: PipelineSession,
  target: string,
  model: TableModel,
  lanes: Lanes,
): TableSpec {
  const settings = session.settings(target, model.name);
  const mode = modeOf(session, target, model);
  const kind = feedKindOfMode(mode);
  return {
    slug: tableSlug(model.name),
    source: model.name,
    targetTable: settings.target,
    mode,
    load: settings.load,
    enabled: settings.active,
    laneId: kind === null ? null : (lanes.get(kind) ?? null),
  };
}

/** Nothing is made for it on the source until somebody asks. */
function waitingSpec(session: PipelineSession, target: string, model: TableModel): TableSpec {
  const spec = specOf(session, target, model, new Map());
  return { ...spec, enabled: false, discovered: 'waiting' };
}

/** A change stream needs every row as the source has it; append leaves rows that are there alone. */
function refuseAppending(
  session: PipelineSession,
  target: string,
  models: readonly TableModel[],
): void {
  const table = models.find(
    (model) =>
      session.settings(target, model.name).load === 'append' &&
      feedKindOfMode(modeOf(session, target, model)) !== null,
  );
  if (table === undefined) return;
  throw new SluiceError(
    'CONFIG_INVALID',
    `${displayName(table.name)} follows a change feed, and load: append would leave old rows as they are.`,
    { remedy: 'Use load: merge, or mode: full for a table that only grows by whole loads.' },
  );
}

function refuseCollisions(specs: readonly TableSpec[]): void {
  const taken = new Map<string, TableSpec>();
  for (const spec of specs) {
    const name = formatTableName(spec.targetTable);
    const other = taken.get(name);
    if (other !== undefined) {
      throw new SluiceError(
        'TARGET_COLLISION',
        `Both ${displayName(other.source)} and ${displayName(spec.source)} map to ${name}.`,
        { remedy: 'Give one of them another target table.' },
      );
    }
    taken.set(name, spec);
  }
}
