import { toSluiceError } from '../../core/errors.js';
import { FEED_KINDS } from '../../core/feed-kind.js';
import { displayName, sameTable } from '../../core/names.js';
import { MENDED_BY_RESYNC } from '../../core/table-life.js';
import type { FeedMembership, FeedName } from '../../engines/contract/feed.js';
import type { TableModel } from '../../engines/contract/schema.js';
import type { FingerprintVerdict, SourceDatabase, TargetDatabase } from '../../engines/engine.js';
import type { PipelineSession } from '../../session/pipeline-session.js';
import type { TableRow } from '../../state/store.js';
import { goOn } from '../go-on.js';
import { quarantine } from '../quarantine.js';
import { whatTargetLost } from '../target-loss.js';

/** Phases in which a changed source table matters; the others read it when they begin. */
const WATCHED = new Set(['streaming', 'paused', 'catchingUp']);

/**
 * Compare what each table looked like when it was copied or last healed with what it looks like
 * now. What the stream cannot carry (re-created, rewritten, partitions come and gone) needs a resync
 * beside the live table; columns added, renamed or dropped are healed in place. A table that its
 * lane had to set aside because the target lacked a column goes on once it is healed. One that waits
 * for another reason may do so because of the change (rows of a new partition, of another type), and
 * a new copy mends that too.
 */
export async function watchCatalogue(session: PipelineSession, targetName: string): Promise<void> {
  const target = await session.target(targetName);
  const rows = (await target.state.tables.list(session.pipeline)).filter(
    (row) => row.target === targetName && row.sourceFingerprint !== null && isWatched(row),
  );
  if (rows.length === 0) return;
  const source = await session.source();
  const names = rows.map((row) => row.source);
  const models = await session.modelsFor(targetName, names);
  const feeds = await membershipsByKind(session, targetName, rows);
  for (const row of rows) {
    const model = models.find((one) => sameTable(one.name, row.source));
    const feed = feeds.find((one) => one.name.kind === row.mode);
    const membership = feed?.memberships.find((one) => sameTable(one.table, row.source));
    const out =
      model !== undefined &&
      feed !== undefined &&
      membership !== undefined &&
      (await watchMembership({ source, target, feed: feed.name, row, membership }));
    if (!out) await watchTable(source, target, row, model);
  }
}

interface FeedMemberships {
  readonly name: FeedName;
  readonly memberships: readonly FeedMembership[];
}

async function membershipsByKind(
  session: PipelineSession,
  targetName: string,
  rows: readonly TableRow[],
): Promise<FeedMemberships[]> {
  const source = await session.source();
  const feeds: FeedMemberships[] = [];
  for (const kind of FEED_KINDS) {
    const tables = rows.filter((row) => row.mode === kind).map((row) => row.source);
    if (tables.length === 0) continue;
    const name = session.feedName(targetName, kind);
    feeds.push({ name, memberships: await source.feed(kind).memberships(name, tables) });
  }
  return feeds;
}

interface Membership {
  readonly source: SourceDatabase;
  readonly target: TargetDatabase;
  readonly feed: FeedName;
  readonly row: TableRow;
  readonly membership: FeedMembership;
}

/** True when the table was put out of the stream because of its place in the feed. */
async function watchMembership(watched: Membership): Promise<boolean> {
  const { source, target, feed, row, membership } = watched;
  if (row.laneId === null) return false;
  if (membership.harm !== null) {
    if (row.faultCode === 'KEY_MISSING') return true;
    // The source's own statements fail because of Sluice: that first.
    if (membership.mark !== null) await source.feed(feed.kind).removeTables(feed, [row.source]);
    await quarantine(target, row, 'KEY_MISSING', membership.harm);
  } else if (membership.mark === row.feedMark) return false;
  else {
    const what = membership.mark === null ? 'is not in the feed any more' : 'was out of the feed';
    await quarantine(target, row, 'FEED_CHANGED', `It needs a new copy: the table ${what}.`);
  }
  await target.state.tables.raiseAttention([row.tableId]);
  return true;
}

function isWatched(row: TableRow): boolean {
  // One that leaves the configuration is taken out of the feed just now.
  if (row.wanted === 'detach') return false;
  return WATCHED.has(row.phase) || (row.phase === 'quarantined' && !isMended(row));
}

/** It gets a new copy anyway. */
function isMended(row: TableRow): boolean {
  return MENDED_BY_RESYNC.has(row.faultCode ?? '');
}

function isSetAside(row: TableRow): boolean {
  return row.phase === 'quarantined' && row.faultCode === 'SCHEMA_MISMATCH';
}

async function watchTable(
  source: SourceDatabase,
  target: TargetDatabase,
  row: TableRow,
  model: TableModel | undefined,
): Promise<void> {
  const { tables } = target.state;
  if (model === undefined) {
    if (row.faultCode === 'TABLE_MISSING') return;
    const gone = `The source has no table ${displayName(row.source)} any more.`;
    const remedy = `Bring it back, or let it go: sluice apply --pipeline ${row.pipeline} --confirm.`;
    await quarantine(target, row, 'TABLE_MISSING', gone, remedy);
    return;
  }
  const verdict = source.compareFingerprints(row.sourceFingerprint ?? '', model.fingerprint);
  // A copy heals its target itself, at its end.
  const asked = verdict.action === 'none' && isSetAside(row) && row.phaseBefore !== 'fullSync';
  const lost = asked ? await whatTargetLost(target, row, model) : null;
  if (verdict.action === 'resync' || lost !== null) {
    const message = lost ?? `It needs a new copy: ${verdict.reason}.`;
    await quarantine(target, row, 'FEED_CHANGED', message);
    await tables.raiseAttention([row.tableId]);
    return;
  }
  const changed = model.fingerprint !== row.sourceFingerprint;
  if (!changed && !isSetAside(row)) return;
  if (verdict.action === 'heal' || isSetAside(row)) {
    const healed = await heal(target, row, model, verdict);
    if (!healed) return;
  }
  await tables.setFingerprint(row.tableId, model.fingerprint);
  // Rows that the target refused may be what the source's change was made for.
  const mended = verdict.action === 'heal' && row.faultCode === 'ROW_REJECTED';
  if (!isSetAside(row) && !(mended && row.phase === 'quarantined')) return;
  await goOn(target, row, 'the target table was healed');
}

/** False when the target cannot follow: the table waits with the exact column. */
async function heal(
  target: TargetDatabase,
  row: TableRow,
  model: TableModel,
  verdict: FingerprintVerdict,
): Promise<boolean> {
  const owner = { pipeline: row.pipeline, target: row.target };
  try {
    // First what the table needs: a column that is added may be of a new type.
    const prepared = await target.schema.prepareTable(model, row.targetTable, owner);
    const { changes } = await target.schema.compareTable(model, row.targetTable, {
      heal: true,
      owner,
      renamed: verdict.renamed,
      dropped: verdict.dropped,
    });
    for (const change of [...prepared, ...changes]) {
      await target.state.journal.event({
        ...owner,
        tableId: row.tableId,
        level: 'info',
        kind: `schema.${change.action}`,
        message: change.message,
      });
    }
    return true;
  } catch (thrown) {
    const error = toSluiceError(thrown);
    if (error.kind !== 'permanent') throw error;
    if (row.phase !== 'quarantined') {
      await quarantine(target, row, error.code, error.message);
      await target.state.tables.raiseAttention([row.tableId]);
    }
    return false;
  }
}
