/**
 * Start from a target that was restored from a backup of the source, without a copy: its rows are
 * those of the source at a known position, and a slot that a DBA made holds the log from there.
 */
import { SluiceError } from '../core/errors.js';
import { feedKindOfMode, laneNumber, type FeedKind } from '../core/feed-kind.js';
import { displayName, sameTable } from '../core/names.js';
import type { ChangeFeed, FeedName, Position } from '../engines/contract/feed.js';
import type { TargetDatabase } from '../engines/engine.js';
import type { TableRow } from '../state/store.js';
import type { PipelineSession } from './pipeline-session.js';
import { reconcile } from './reconcile.js';

const FLAG_LOCK_TIMEOUT_MS = 30_000;
const KIND: FeedKind = 'cdc';

/**
 * May be repeated with the same position. Returns how many tables stream from it.
 *
 * @throws SluiceError COMMAND_INVALID, FEED_GAP, FEED_CHANGED, TABLE_MISSING, SCHEMA_MISMATCH
 */
export async function takeOver(
  session: PipelineSession,
  targetName: string,
  text: string,
  worker: string,
): Promise<number> {
  const feedName = session.feedName(targetName, KIND);
  const source = await session.source();
  const feed = source.feed(KIND);
  const position = readPosition(feed, feedName, text);
  const target = await session.target(targetName);
  await target.state.migrate();
  await assertFresh(session, target, targetName, position);
  const { lineage } = await source.identity();
  const gap = await feed.findGap(feedName, { position, lineage, last: null });
  if (gap !== null) {
    throw new SluiceError('FEED_GAP', `The log from ${text} on cannot be read: ${gap.reason}`, {
      remedy: 'Make a slot before the backup is taken, and start at the position of the backup.',
    });
  }
  const lane = await target.state.lanes.ensure(session.pipeline, targetName, laneNumber(KIND));
  if (lane.position !== position)
    await target.state.lanes.setPosition(lane.laneId, position, lineage);
  await reconcile(session, { attributes: false, worker, detach: 'refuse' });
  const rows = await tablesOf(session, target, targetName);
  for (const row of rows) await streamFrom(session, target, feed, row, text);
  return rows.length;
}

function readPosition(feed: ChangeFeed, name: FeedName, text: string): Position {
  if (name.slot === undefined || feed.readPosition === undefined) {
    throw new SluiceError(
      'COMMAND_INVALID',
      `The target ${name.target} names no slot that holds the log from ${text} on.`,
      { remedy: `Set slot: under pipelines.${name.pipeline}.targets.${name.target}.` },
    );
  }
  const position = feed.readPosition(text);
  if (position !== null) return position;
  throw new SluiceError('COMMAND_INVALID', `"${text}" is not a position of this source.`, {
    remedy: 'Write it as the source does, such as 16/B374D848.',
  });
}

async function assertFresh(
  session: PipelineSession,
  target: TargetDatabase,
  name: string,
  position: Position,
): Promise<void> {
  const lanes = await target.state.lanes.list(session.pipeline);
  if (lanes.some((lane) => lane.target === name && lane.position === position)) return;
  const rows = await target.state.tables.list(session.pipeline);
  if (!rows.some((row) => row.target === name && row.epoch !== '0')) return;
  throw new SluiceError('COMMAND_INVALID', `The target ${name} is replicated already.`, {
    remedy: `Forget it first: sluice remove --pipeline ${session.pipeline} --target ${name}.`,
  });
}

async function tablesOf(
  session: PipelineSession,
  target: TargetDatabase,
  name: string,
): Promise<TableRow[]> {
  const rows = await target.state.tables.list(session.pipeline);
  return rows.filter((row) => row.target === name && feedKindOfMode(row.mode) === KIND);
}

async function streamFrom(
  session: PipelineSession,
  target: TargetDatabase,
  feed: ChangeFeed,
  row: TableRow,
  text: string,
): Promise<void> {
  if (row.epoch !== '0' && row.phase === 'streaming') return;
  const { tables } = target.state;
  const model = await session.model(row);
  const owner = { pipeline: row.pipeline, target: row.target };
  const found = await target.schema.compareTable(model, row.targetTable, { heal: false, owner });
  if (!found.exists) {
    throw new SluiceError('TABLE_MISSING', `The target has no ${displayName(row.targetTable)}.`, {
      remedy: 'Restore it from the backup too, or exclude it and add it later.',
    });
  }
  const name = session.feedName(row.target, KIND);
  const places = await feed.memberships(name, [row.source]);
  const mark = places.find((place) => sameTable(place.table, row.source))?.mark ?? null;
  if (mark === null) throw notInFeed(row);
  const { fingerprint, rowsEstimated } = model;
  await tables.beginEpoch(row.tableId, { fingerprint, rowsEstimated, requestId: `from-${text}` });
  await tables.setFeedMark(row.tableId, mark);
  await tables.setFlags(row.tableId, { applies: true, parks: false }, FLAG_LOCK_TIMEOUT_MS);
  await tables.setPhase(row.tableId, 'streaming', `taken over at ${text}`);
}

function notInFeed(row: TableRow): SluiceError {
  return new SluiceError(
    'FEED_CHANGED',
    `${displayName(row.source)} is not in the publication, so its changes since the backup are lost.`,
    { remedy: 'Make the publication with all tables before the slot and the backup, and name it.' },
  );
}
