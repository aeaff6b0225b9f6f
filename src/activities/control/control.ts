import { selects } from '../../config/select-pattern.js';
import { displayName } from '../../core/names.js';
import {
  TABLE_PHASES,
  type Command,
  type ControlActivities,
  type PipelineRef,
  type TableFacts,
  type MatchRequest,
  type TablePage,
  type TablePhase,
  type TableRef,
} from '../../core/protocol.js';
import { MENDED_BY_RESYNC } from '../../core/table-life.js';
import type { TargetDatabase } from '../../engines/engine.js';
import type { TableRow } from '../../state/store.js';
import type { Dependencies } from '../dependencies.js';
import { detachTable } from './detach-table.js';
import { quarantine, stopApplying } from '../quarantine.js';
import { tellEach } from '../watch/troubles.js';
import { guardSourceLog } from '../watch/watch-budgets.js';
import { longRunning } from '../long-running.js';
import { reconcile } from '../../session/reconcile.js';
import { PipelineSession, requireTable } from '../../session/pipeline-session.js';

const PAGE = 200;
/** Ids of commands that came by SQL begin so; the rest is the row's number. */
export const SQL_REQUEST = 'sql-';

export function controlActivities(deps: Dependencies): ControlActivities {
  const use = <T>(ref: PipelineRef, work: (session: PipelineSession) => Promise<T>): Promise<T> =>
    longRunning(10 * 60_000, () =>
      PipelineSession.use(deps.session, ref.pipeline, 'control', work),
    );
  return {
    reconcilePipeline: (ref) =>
      use(ref, async (session) => {
        await guardSourceLog(session, deps.logger);
        const { attributes, worker } = deps;
        const facts = await reconcile(session, { attributes, worker, detach: 'wait' });
        for (const { target, away } of facts.targets) {
          if (away !== null) deps.logger.warn({ pipeline: ref.pipeline, target }, away);
        }
        return facts;
      }),
    missingTables: (ref) => use(ref, (session) => missingTables(deps, session, ref)),
    matchTables: (ref) => use(ref, (session) => matchPage(session, ref)),
    readTable: (ref) => use(ref, (session) => readFacts(deps, session, ref)),
    controlTable: (ref) =>
      use(ref, async (session) => {
        const target = await session.target(ref.target);
        await obey(target, await requireTable(target, ref), ref.command);
        const facts = await readFacts(deps, session, ref);
        return facts ?? Promise.reject(new Error('the table disappeared'));
      }),
    pauseTable: (ref) =>
      use(ref, async (session) => {
        const target = await session.target(ref.target);
        await pauseTable(target, await requireTable(target, ref));
      }),
    quarantineTable: (ref) =>
      use(ref, async (session) => {
        const target = await session.target(ref.target);
        await quarantine(target, await requireTable(target, ref), ref.code, ref.message);
      }),
    detachTable: (ref) =>
      use(ref, async (session) => {
        const target = await session.target(ref.target);
        await detachTable(session, target, await requireTable(target, ref));
      }),
    answerCommand: (ref) => use(ref, (session) => answerCommand(session, ref)),
    recordRejected: (ref) => use(ref, (session) => recordRejected(session, ref.message)),
  };
}

async function answerCommand(
  session: PipelineSession,
  ref: { target: string; requestId: string; answer: string },
): Promise<void> {
  if (!ref.requestId.startsWith(SQL_REQUEST)) return;
  const target = await session.target(ref.target);
  await target.state.journal.answerCommand(ref.requestId.slice(SQL_REQUEST.length), ref.answer);
}

async function recordRejected(session: PipelineSession, message: string): Promise<void> {
  const { pipeline } = session;
  await tellEach(session.targetNames, async (target) => {
    const { state } = await session.target(target);
    const entry = { pipeline, target, level: 'warning', kind: 'command.rejected' } as const;
    await state.journal.event({ ...entry, message });
  });
}

async function missingTables(
  deps: Dependencies,
  session: PipelineSession,
  ref: PipelineRef & { target: string; after: string },
): Promise<TablePage> {
  const target = await session.target(ref.target);
  const rows = await target.state.tables.page(ref.pipeline, ref.target, ref.after, PAGE);
  const slugs: string[] = [];
  for (const row of rows) {
    if (row.phase === 'detached' || row.phase === 'removed') continue;
    const { running } = await deps.client.tableState(row);
    if (!running) slugs.push(row.slug);
  }
  return { slugs, next: rows.length < PAGE ? null : (rows.at(-1)?.slug ?? null) };
}

async function matchPage(session: PipelineSession, ref: MatchRequest): Promise<TablePage> {
  const target = await session.target(ref.target);
  const rows = await target.state.tables.page(ref.pipeline, ref.target, ref.after, PAGE);
  const slugs = rows
    .filter((row) => row.phase !== 'detached')
    .filter((row) => ref.awake !== true || (row.enabled && row.wanted === 'run'))
    .filter((row) => selects(ref.pattern, row.source) || selects(ref.pattern, row.targetTable))
    .map((row) => row.slug);
  return { slugs, next: rows.length < PAGE ? null : (rows.at(-1)?.slug ?? null) };
}

async function readFacts(
  deps: Dependencies,
  session: PipelineSession,
  ref: TableRef,
): Promise<TableFacts | null> {
  const target = await session.target(ref.target);
  const row = await target.state.tables.find(ref.pipeline, ref.target, ref.slug);
  if (row === null) return null;
  await target.state.tables.attentionSeen(row.tableId, row.attention);
  const settings = session.settings(ref.target, row.source);
  return {
    name: displayName(row.source),
    mode: row.mode,
    phase: phaseOf(row.phase),
    epoch: row.epoch,
    // As the targets agreed on it: whoever changes it raises the row's attention with it.
    enabled: row.enabled,
    wanted: row.wanted,
    onLane: row.laneId !== null,
    applies: row.applies,
    cutoverStep: row.cutoverStep,
    faultCode: row.faultCode,
    attention: row.attention,
    copyLanes: settings.parallelism,
    rowsEstimated: row.rowsEstimated,
    rowsCopied: row.rowsCopied,
    polls: row.mode === 'incremental' || settings.refresh !== undefined,
    attributes: deps.attributes,
  };
}

function phaseOf(text: string): TablePhase {
  return TABLE_PHASES.find((phase) => phase === text) ?? 'new';
}

/** Make the row say what the command asks; the lane and the steps follow the row. */
async function obey(target: TargetDatabase, row: TableRow, command: Command): Promise<void> {
  const { tables, journal } = target.state;
  const why = `${command.command} by ${command.by}: ${command.reason}`;
  switch (command.command) {
    case 'pause':
      await tables.setWanted(row.tableId, 'pause', command.by, command.reason);
      await stopApplying(target, row);
      if (row.phase === 'streaming') await tables.setPhase(row.tableId, 'paused', why);
      break;
    case 'resume':
      await tables.setWanted(row.tableId, 'run', command.by, command.reason);
      break;
    case 'forceResync':
      await tables.setWanted(row.tableId, 'run', command.by, command.reason);
      await tables.setFault(row.tableId, null);
      break;
    case 'retry':
      await leaveQuarantine(target, row, why);
      break;
    default:
      break;
  }
  await journal.event({
    pipeline: row.pipeline,
    target: row.target,
    tableId: row.tableId,
    level: 'info',
    kind: `command.${command.command}`,
    message: why,
  });
}

/** What SQL or the configuration asked for; a command does the same by itself. */
async function pauseTable(target: TargetDatabase, row: TableRow): Promise<void> {
  const why =
    row.wanted === 'pause'
      ? `pause by SQL: ${row.wantedReason ?? 'asked for'}`
      : 'switched off in the configuration';
  await stopApplying(target, row);
  if (row.phase === 'streaming') await target.state.tables.setPhase(row.tableId, 'paused', why);
}

async function leaveQuarantine(target: TargetDatabase, row: TableRow, why: string): Promise<void> {
  const { tables, journal } = target.state;
  if (row.phase !== 'quarantined') return;
  // Changes are lost: it may only go on with a new copy, which its workflow begins.
  if (MENDED_BY_RESYNC.has(row.faultCode ?? '')) return;
  await tables.setFault(row.tableId, null);
  await journal.resolveErrors(row.pipeline, row.target, row.tableId);
  const before = phaseOf(row.phaseBefore ?? 'new');
  await tables.setPhase(row.tableId, before === 'streaming' ? 'paused' : before, why);
}
