import { setTimeout as delay } from 'node:timers/promises';
import { SluiceError } from '../../../core/errors.js';
import type { Position } from '../../contract/feed.js';
import { sqlStateOf } from '../pg-errors.js';
import { parseLsn } from '../replication/lsn.js';
import type { SqlSession } from '../sql-session.js';
import { END_READER, READ_COMMITS } from './feed-sql.js';
import { toPosition } from './position.js';
import { readSlot } from './server-facts.js';

export interface HistoryCheck {
  readonly slot: string;
  readonly publication: string;
  readonly applicationName: string;
  readonly takeOverMs: number;
  readonly position: Position;
  /** The last source transaction that the target has; null: none since its position was set. */
  readonly last: { readonly position: Position; readonly time: Date | null } | null;
}

interface CommitRow extends Record<string, unknown> {
  readonly end_lsn: string;
  readonly micros: string;
}

interface Commit {
  readonly end: bigint;
  readonly timeMs: number;
}

const IN_USE = '55006';
const RETRY_MS = 100;
/** Of the log, times count from 2000-01-01 (PostgreSQL documentation, "Message Formats"). */
const EPOCH_MS = 946_684_800_000;

/**
 * A source that was restored from its files keeps its identity and its timeline, and once its log
 * has grown past the target's position nothing in the catalogue tells. But then its slot stands
 * before that position, and what it has between the two are not the transactions that the target
 * has. Reads without consuming; null when it is the same history.
 */
export async function otherHistory(
  session: SqlSession,
  check: HistoryCheck,
): Promise<string | null> {
  for (;;) {
    const confirmed = await confirmedOf(session, check.slot);
    if (confirmed >= check.position) return null;
    const commit = await lastCommit(session, check);
    // A former reader confirms until the slot is taken from it: what it confirmed is not read again.
    if ((await confirmedOf(session, check.slot)) !== confirmed) continue;
    return isOther(check, confirmed, commit) ? FORKED : null;
  }
}

async function confirmedOf(session: SqlSession, slot: string): Promise<Position> {
  return toPosition((await readSlot(session, slot))?.confirmed_flush_lsn ?? '0/0');
}

function isOther(check: HistoryCheck, confirmed: Position, commit: Commit | null): boolean {
  const expected = check.last !== null && check.last.position > confirmed ? check.last : null;
  if (commit === null) return expected !== null;
  if (expected === null || commit.end !== parseLsn(expected.position)) return true;
  return expected.time !== null && expected.time.getTime() !== commit.timeMs;
}

const FORKED =
  'The source has other transactions before the position of the target than the target has seen: ' +
  'the source was restored to an earlier time.';

/** The last transaction with changes of ours that ends at or before the target's position. */
async function lastCommit(session: SqlSession, check: HistoryCheck): Promise<Commit | null> {
  const { slot, publication, position, applicationName } = check;
  const deadline = Date.now() + check.takeOverMs;
  for (;;) {
    try {
      const values = [slot, toText(position), publication];
      const [row] = await session.query<CommitRow>(READ_COMMITS, values);
      if (row === undefined) return null;
      const timeMs = EPOCH_MS + Number(BigInt(row.micros) / 1000n);
      return { end: parseLsn(row.end_lsn), timeMs };
    } catch (error) {
      if (sqlStateOf(error) !== IN_USE) throw error;
      if (Date.now() > deadline) throw inUse(slot);
      await session.query(END_READER, [slot, applicationName]);
      await delay(RETRY_MS);
    }
  }
}

/** As pg_lsn reads it. */
function toText(position: Position): string {
  const lsn = parseLsn(position);
  return `${(lsn >> 32n).toString(16)}/${(lsn & 0xffffffffn).toString(16)}`;
}

function inUse(slot: string): SluiceError {
  return new SluiceError('FEED_IN_USE', `The replication slot ${slot} is read by somebody else.`, {
    remedy: 'End the session that pg_replication_slots names as its active_pid.',
  });
}
