import { SluiceError } from '../../core/errors.js';
import { FEED_KINDS, feedKindOfLane, laneNumber, type FeedKind } from '../../core/feed-kind.js';
import type { TableName } from '../../core/names.js';
import type { Finding } from '../../engines/contract/schema.js';
import type { TargetDatabase } from '../../engines/engine.js';
import { findAbandoned } from '../../session/abandoned.js';
import { readLanes } from '../../session/lane-state.js';
import type { PipelineSession } from '../../session/pipeline-session.js';
import type { LaneRow } from '../../state/store.js';
import { findingOf } from './finding.js';
import { foreignKeyCircles } from './foreign-key-circles.js';
import { laneFindings } from './lane-findings.js';
import type { InspectedTable, InspectedTarget, InspectedTargetTable } from './inspection.js';
import { bytesToCopy, roomFindings } from './room.js';
import { routinesStay } from './routines-stay.js';
import { tableRefusals, type StateOfTarget } from './table-refusals.js';
import { inspectTargetTables } from './target-tables.js';

interface Context {
  readonly session: PipelineSession;
  readonly name: string;
  readonly sourceDatabase: string | null;
  readonly tables: readonly InspectedTable[];
}

export async function inspectTarget(context: Context): Promise<InspectedTarget> {
  const { session, name } = context;
  const { connection, createDatabase, room } = session.targetConfig(name);
  try {
    return await inspectPresent(context);
  } catch (thrown) {
    if (createDatabase && thrown instanceof SluiceError && thrown.code === 'DATABASE_MISSING') {
      return inspectAbsent(context);
    }
    const findings = [findingOf(thrown, connection)];
    return { ...nothingOf(name, room), findings };
  }
}

/** What would be made with the database, and what stands against that. */
async function inspectAbsent(context: Context): Promise<InspectedTarget> {
  const { session, name } = context;
  const absent = nothingOf(name, session.targetConfig(name).room);
  const obstacles = await mayCreate(context);
  const creates = obstacles.length === 0 ? databaseOf(context) : null;
  const planning = await planned(context);
  const tables = newTables(context);
  const lacking = roomFindings(name, bytesToCopy(context.tables, tables), absent.room);
  return { ...absent, creates, tables, findings: [...obstacles, ...planning, ...lacking] };
}

function nothingOf(name: string, allowed: number | undefined): InspectedTarget {
  const room = { freeBytes: null, allowedBytes: allowed ?? null };
  return { name, description: null, creates: null, started: false, room, findings: [], tables: [] };
}

async function mayCreate({ session, name }: Context): Promise<readonly Finding[]> {
  const { connection } = session.targetConfig(name);
  const options = { applicationName: `sluice ${session.pipeline} check` };
  try {
    const engine = session.targetEngine(name);
    return (await engine.createDatabaseFindings?.(session.resolver(connection), options)) ?? [];
  } catch (thrown) {
    return [findingOf(thrown, connection)];
  }
}

function databaseOf({ session, name }: Context): string {
  const { connection } = session.targetConfig(name);
  return session.resolver(connection)().database ?? `of connections.${connection}`;
}

/** What a database that is not there yet cannot tell: only the source's side is looked at. */
async function planned(context: Context): Promise<Finding[]> {
  const found = [...staying(context), ...circles(context)];
  found.push(...laneFindings(context, { lanes: [], rows: [] }));
  for (const kind of feedKindsOf(context.tables)) {
    found.push(...(await feedFindings(context, kind, [])));
  }
  return found;
}

async function inspectPresent(context: Context): Promise<InspectedTarget> {
  const { session, name } = context;
  const target = await session.target(name);
  const { database, description } = await target.identity();
  const room = {
    freeBytes: (await target.freeBytes?.()) ?? null,
    allowedBytes: session.targetConfig(name).room ?? null,
  };
  const findings: Finding[] = [...(await target.preflight())];
  if (database === context.sourceDatabase) {
    findings.push(sameDatabase(session, name));
    return { name, description, creates: null, started: false, room, findings, tables: [] };
  }
  const { started, lanes, known, taken } = await readState(session, target, name);
  const refusals = tableRefusals(context, { known, taken });
  findings.push(...staying(context), ...circles(context));
  findings.push(...laneFindings(context, { lanes, rows: known }));
  for (const kind of feedKindsOf(context.tables)) {
    findings.push(...(await feedFindings(context, kind, lanes)));
  }
  const tables = await withReader(session, name, (reader) =>
    inspectTargetTables(
      { session, name, target, reader, started, known, refusals },
      context.tables,
    ),
  );
  findings.push(...roomFindings(name, bytesToCopy(context.tables, tables), room));
  return { name, description, creates: null, started, room, findings, tables };
}

async function readState(
  session: PipelineSession,
  target: TargetDatabase,
  name: string,
): Promise<StateOfTarget & { started: boolean; lanes: readonly LaneRow[] }> {
  const { state } = target;
  if ((await state.history.version()) === 0) {
    return { started: false, lanes: [], known: [], taken: [] };
  }
  const { lanes, rows } = await readLanes(state, session.pipeline, name);
  const taken = await state.tables.placesOfOthers(session.pipeline, name);
  return { started: true, lanes, known: rows, taken };
}

async function withReader<T>(
  session: PipelineSession,
  name: string,
  work: (reader: Awaited<ReturnType<PipelineSession['source']>>) => Promise<T>,
): Promise<T> {
  const resolver = session.resolver(session.targetConfig(name).connection);
  const reader = await session.targetEngine(name).openSource(resolver, {
    applicationName: `sluice ${session.pipeline} check`,
  });
  try {
    return await work(reader);
  } finally {
    await reader.close();
  }
}

function feedKindsOf(tables: readonly InspectedTable[]): FeedKind[] {
  return FEED_KINDS.filter((kind) => tables.some((table) => table.mode === kind));
}

async function abandoned(
  session: PipelineSession,
  lanes: readonly LaneRow[],
  n: number,
): Promise<Finding[]> {
  const [lane] = lanes.filter((one) => one.n === n);
  const found = lane === undefined ? null : await findAbandoned(session, lane);
  return found === null ? [] : [found];
}

/** A feed that has been set up has to be whole; one that is not may need a DBA. */
async function feedFindings(
  { session, name, tables }: Context,
  kind: FeedKind,
  lanes: readonly LaneRow[],
): Promise<Finding[]> {
  const feed = (await session.source()).feed(kind);
  const feedName = session.feedName(name, kind);
  const isSetUp = lanes.some((lane) => feedKindOfLane(lane.n) === kind && lane.position !== null);
  const { findings } = await feed.health(feedName);
  const added = feedName.mayCreate
    ? ((await feed.missingFor?.(feedName, ofKind(tables, kind))) ?? []).map(willBeMade)
    : [];
  // Where tables have lanes of their own the source keeps no log for any of them.
  if (isSetUp)
    return [...findings, ...added, ...(await abandoned(session, lanes, laneNumber(kind)))];
  if (feedName.mayCreate) return [...findings.map(willBeMade), ...added];
  try {
    // Without leave to create anything this only looks.
    await feed.prepare(feedName);
    return [];
  } catch (thrown) {
    return [findingOf(thrown, session.config.source.connection)];
  }
}

function ofKind(tables: readonly InspectedTable[], kind: FeedKind): TableName[] {
  return tables.filter((table) => table.mode === kind).map((table) => table.source);
}

/** What Sluice makes is no obstacle; everything else stays what it is. */
function willBeMade(finding: Finding): Finding {
  const { code, subject, makes } = finding;
  if (makes === undefined) return finding;
  const message = `Sluice will set up ${makes} on the source.`;
  return { severity: 'info', code, subject, message, makes };
}

function staying({ session, name }: Context): Finding[] {
  const ends = { from: session.sourceEngine().name, to: session.targetEngine(name).name };
  return routinesStay({ ...ends, target: name }, session.config.routines);
}

function circles({ session, name, tables }: Context): Finding[] {
  if (session.config.foreignKeys !== 'enforce') return [];
  if (session.targetEngine(name).capabilities.deferredForeignKeys === true) return [];
  const active = tables.filter(({ source }) => session.settings(name, source).active);
  return foreignKeyCircles(
    name,
    active.map(({ model }) => model),
  );
}

function sameDatabase(session: PipelineSession, name: string): Finding {
  const { connection } = session.targetConfig(name);
  return {
    severity: 'error',
    code: 'SOURCE_IS_TARGET',
    subject: name,
    message: `The target ${name} of the pipeline ${session.pipeline} is the source itself.`,
    remedy: `Point connections.${connection} at another database.`,
  };
}

function newTables(context: Context): InspectedTargetTable[] {
  const { session, name, tables } = context;
  const refusals = tableRefusals(context, { known: [], taken: [] });
  return tables.map((table) => {
    const settings = session.settings(name, table.source);
    return {
      source: table.source,
      target: settings.target,
      enabled: settings.active,
      exists: false,
      rows: 'none',
      ours: false,
      phase: null,
      load: 'swap',
      loadReason: 'the table is new',
      findings: refusals(table.source),
    };
  });
}
