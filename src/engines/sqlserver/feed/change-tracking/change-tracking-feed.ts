import { sameTable, type TableName } from '../../../../core/names.js';
import type {
  ChangeFeed,
  FeedGap,
  FeedHealth,
  FeedMembership,
  FeedName,
  FeedOptions,
  FeedReader,
  Position,
} from '../../../contract/feed.js';
import type { Finding } from '../../../contract/schema.js';
import type { Query } from '../../sql-session.js';
import type { FeedSessions } from '../feed-sessions.js';
import { readIdentity } from '../../catalog/identity.js';
import { atLeastEvery, PollInterval } from '../poll-interval.js';
import { WindowReader } from '../window-reader.js';
import { changeForm } from '../wire-column.js';
import { addTables, assertPrimary, enableDatabase, readSwitch } from './enable.js';
import { disableDatabaseSql } from './sql/enable-sql.js';
import { trackingFindings } from './health.js';
import { untracked } from './untracked.js';
import { readVersion } from './read-version.js';
import { readTracked } from './tracked-tables.js';
import { TrackingWatch } from './tracking-watch.js';
import { TrackingWindows } from './tracking-windows.js';
import { toPosition } from './version.js';

/** An idle look is one number that the server has at hand. */
const POLL = { shortestMs: 500, longestMs: 5_000 };
const START = toPosition('0');

/** Change Tracking of one database: what became of the rows that changed since a version. */
export class ChangeTrackingFeed implements ChangeFeed {
  constructor(private readonly sessions: FeedSessions) {}

  async prepare(name: FeedName): Promise<{ position: Position; created: readonly string[] }> {
    return this.sessions.change.use(async (session) => {
      const made = await enableDatabase(session, name);
      const { database } = await readSwitch(session.query);
      const present = await readVersion(session.query);
      const created = made ? [`changeTracking ${database}`] : [];
      return { position: present?.position ?? START, created };
    });
  }

  async addTables(name: FeedName, tables: readonly TableName[]): Promise<void> {
    await this.sessions.change.use((session) => addTables(session, name, tables));
  }

  async missingFor(_name: FeedName, tables: readonly TableName[]): Promise<readonly Finding[]> {
    return this.sessions.read.use((session) => untracked(session.query, tables));
  }

  /** Tracking stays on: the switch does not say who made it, and others may use it. */
  removeTables(): Promise<void> {
    return Promise.resolve();
  }

  async memberships(
    _name: FeedName,
    tables: readonly TableName[],
  ): Promise<readonly FeedMembership[]> {
    const tracked = await this.sessions.read.use((session) => readTracked(session.query, tables));
    return tables.map((table) => {
      const one = tracked.find((known) => sameTable(known.name, table));
      const mark = one === undefined ? null : `${String(one.id)} ${String(one.beginVersion)}`;
      return { table, mark, harm: null };
    });
  }

  async renew(name: FeedName): Promise<{ position: Position; created: readonly string[] }> {
    return this.prepare(name);
  }

  /** A reader holds back nothing: the retention decides. */
  release(): Promise<boolean> {
    return Promise.resolve(false);
  }

  async end(): Promise<Position> {
    const present = await this.sessions.read.use((session) => readVersion(session.query));
    return present?.position ?? START;
  }

  /** Whatever a reader can see has its version already. */
  async copiedUpTo(): Promise<Position> {
    return this.end();
  }

  /** Versions count transactions. */
  distance(from: Position, to: Position): number | null {
    return from >= to ? 0 : null;
  }

  async findGap(
    _name: FeedName,
    checkpoint: { position: Position; lineage: string },
  ): Promise<FeedGap | null> {
    return this.sessions.read.use(async ({ query }) => {
      const reason = await gapReason(query, checkpoint);
      return reason === null ? null : { reason };
    });
  }

  /** A transaction gets its version when it ends, so there is nobody to wait for. */
  takeBarrier(): Promise<string> {
    return Promise.resolve('');
  }

  barrierPassed(): Promise<{ passed: boolean; waitingFor: string | null }> {
    return Promise.resolve({ passed: true, waitingFor: null });
  }

  async open(_name: FeedName, from: Position, options: FeedOptions): Promise<FeedReader> {
    const session = await this.sessions.open();
    try {
      const facts = await readSwitch(session.query);
      assertPrimary(facts);
      const wanted = () => options.wanted?.() ?? null;
      const watch = new TrackingWatch(changeForm(options), wanted);
      const windows = new TrackingWindows(session, watch, facts.snapshot);
      const poll = new PollInterval(atLeastEvery(POLL, options.pollMs));
      return new WindowReader(windows, poll, from, options.maxBufferedBytes);
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  async health(): Promise<FeedHealth> {
    return this.sessions.read.use(async ({ query }) => {
      const { keepsSeconds } = await readSwitch(query);
      return { retainedBytes: null, keepsSeconds, findings: await trackingFindings(query) };
    });
  }

  /** See removeTables. */
  drop(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }

  async stays(): Promise<readonly string[]> {
    const { enabled, database } = await this.sessions.read.use(({ query }) => readSwitch(query));
    const off = `ALTER TABLE … DISABLE CHANGE_TRACKING for each table, then ${disableDatabaseSql(database)}`;
    return enabled
      ? [
          `Change Tracking of the database ${database} and its tables. Off, where nobody else uses it: ${off}`,
        ]
      : [];
  }
}

/**
 * Versions go back without a word when a database is restored, so a checkpoint counts only for the
 * very database that it was made under.
 */
async function gapReason(
  query: Query,
  checkpoint: { position: Position; lineage: string },
): Promise<string | null> {
  const facts = await readSwitch(query);
  if (!facts.enabled) return `Change Tracking was switched off in ${facts.database}.`;
  const present = await readVersion(query);
  if (present === null || present.position < checkpoint.position) {
    return 'The version of the source lies before the position of the target: the source was restored to an earlier time.';
  }
  const { lineage } = await readIdentity(query);
  if (lineage === checkpoint.lineage) return null;
  return 'The source is another database, or was restored, since the target followed it.';
}
