/**
 * What a table that is out of the stream may keep in the target, and what a target that is away may
 * make the source keep (spec section 4). Within the budget nothing happens; half of the log, or a
 * budget passed while a table is copied, is an alert; beyond it a resync is better than a full disk.
 */
import type { FeedName } from '../../engines/contract/feed.js';
import type { Logger } from '../../observability/logger.js';
import { leftFinding, leftTargets } from '../../session/left-targets.js';
import type { PipelineSession } from '../../session/pipeline-session.js';
import type { TargetDatabase } from '../../engines/engine.js';
import type { TableRow } from '../../state/store.js';
import { FLAG_LOCK_TIMEOUT_MS, quarantine } from '../quarantine.js';

const OUT_OF_STREAM = new Set(['paused', 'quarantined']);
const COPYING = new Set(['fullSync', 'catchingUp']);
const ALERT_AT = 0.5;

/** Alerts that this worker has given, by pipeline; one that is over may be given again. */
const given = new Map<string, Set<string>>();

function toldOf(session: PipelineSession): Set<string> {
  const told = given.get(session.pipeline) ?? new Set<string>();
  given.set(session.pipeline, told);
  return told;
}

export async function watchParked(session: PipelineSession, targetName: string): Promise<void> {
  const told = toldOf(session);
  const target = await session.target(targetName);
  const rows = (await target.state.tables.list(session.pipeline)).filter(
    (row) => row.target === targetName && row.parkedRows > 0,
  );
  for (const row of rows) {
    const excess = excessOf(session, row);
    const alert = `parked ${row.tableId}/${row.epoch}`;
    if (excess === null) told.delete(alert);
    else if (OUT_OF_STREAM.has(row.phase)) await dropParked(target, row, excess);
    else if (COPYING.has(row.phase) && !told.has(alert)) {
      told.add(alert);
      const message = `It is being copied and keeps ${excess}; nothing is dropped while it copies.`;
      await say(target, row, 'parked.budget', message);
    }
  }
}

/** In words what is too much; null while the table is within its budget. */
function excessOf(session: PipelineSession, row: TableRow): string | null {
  const { bytes, age } = session.settings(row.target, row.source).parkedMax;
  if (row.parkedBytes > bytes) return `${row.parkedBytes} bytes of changes, more than ${bytes}`;
  const sinceMs = row.parkedSince === null ? 0 : Date.now() - row.parkedSince.getTime();
  if (sinceMs <= age) return null;
  return `changes of ${Math.round(sinceMs / 1_000)} s, more than ${Math.round(age / 1_000)} s`;
}

/** Every target's log; asked also while a target is away, when nothing else gets so far. */
export async function guardSourceLog(session: PipelineSession, logger: Logger): Promise<void> {
  const kinds = session.sourceEngine().capabilities.feeds;
  for (const name of session.targetNames) {
    await guarded(session, name, logger, async () => {
      for (const kind of kinds) {
        await watchRetainedLog(session, session.feedName(name, kind), [name], logger);
      }
    });
  }
  await guarded(session, null, logger, () => guardLeft(session, logger));
}

async function guarded(
  { pipeline }: PipelineSession,
  target: string | null,
  logger: Logger,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    const why = error instanceof Error ? error.message : '';
    logger.warn({ pipeline, target }, `The log is not guarded: ${why}`);
  }
}

/** Targets that left the configuration: whoever is still there is told, and the limit is the same. */
async function guardLeft(session: PipelineSession, logger: Logger): Promise<void> {
  const told = toldOf(session);
  for (const { target, kind, feed } of await leftTargets(session)) {
    const { retainedBytes, inUse } = await (await session.source()).feed(kind).health(feed);
    const alert = `left ${target} ${kind}`;
    // Its lane is about to stop.
    if (inUse === true) continue;
    if (!told.has(alert)) {
      told.add(alert);
      const { code, message, remedy = '' } = leftFinding(session.pipeline, target, retainedBytes);
      await tell(session, session.targetNames, code, `${message} ${remedy}`, logger);
    }
    await watchRetainedLog(session, feed, session.targetNames, logger);
  }
}

async function dropParked(target: TargetDatabase, row: TableRow, excess: string): Promise<void> {
  // Marked first: whoever dies in between has a table that says so, not one that lost rows quietly.
  const message = `Its kept changes were beyond parkedMax (${excess}) and are dropped; it needs a resync.`;
  await quarantine(target, row, 'PARKED_BUDGET', message);
  await target.state.tables.dropParked(row.tableId, FLAG_LOCK_TIMEOUT_MS);
  await target.state.tables.raiseAttention([row.tableId]);
}

/**
 * Log that the source keeps for a target. Asks only the source first, as the target may be the one
 * that is away: it learns of a log that was let go when its lane finds the gap.
 */
async function watchRetainedLog(
  session: PipelineSession,
  name: FeedName,
  audience: readonly string[],
  logger: Logger,
): Promise<void> {
  const told = toldOf(session);
  const { kind, target } = name;
  const feed = (await session.source()).feed(kind);
  const { retainedBytes } = await feed.health(name);
  const { maxRetainedLog: limit, onLogLimit } = session.config;
  const alerts = [`half of the log ${target} ${kind}`, `the whole log ${target} ${kind}`] as const;
  if (retainedBytes === null || retainedBytes < limit * ALERT_AT) {
    for (const alert of alerts) told.delete(alert);
    return;
  }
  const held = `The source keeps ${retainedBytes} bytes of log for ${target}, of ${limit} allowed`;
  const isFull = retainedBytes >= limit;
  if (!isFull || onLogLimit === 'keep' || !(await feed.release(name))) {
    const alert = alerts[isFull ? 1 : 0];
    if (told.has(alert)) return;
    told.add(alert);
    const what = isFull ? `${held}; it goes on keeping it, and may run out of disk.` : `${held}.`;
    await tell(session, audience, 'log.retained', what, logger);
    return;
  }
  const message = `${held}; it was let go. The tables of ${target} need a resync.`;
  await tell(session, audience, 'log.released', message, logger);
}

/** In the worker's log in any case; in that of targets where they can be reached. */
async function tell(
  session: PipelineSession,
  targets: readonly string[],
  kind: string,
  message: string,
  logger: Logger,
): Promise<void> {
  const { pipeline } = session;
  logger.warn({ pipeline, targets, kind }, message);
  for (const target of targets) {
    try {
      const { state } = await session.target(target);
      await state.journal.event({ pipeline, target, level: 'warning', kind, message });
    } catch {
      logger.warn({ pipeline, target }, 'The target cannot be told.');
    }
  }
}

async function say(
  target: TargetDatabase,
  row: TableRow,
  kind: string,
  message: string,
): Promise<void> {
  const { pipeline, target: name, tableId } = row;
  await target.state.journal.event({
    pipeline,
    target: name,
    tableId,
    level: 'warning',
    kind,
    message,
  });
}
