import { z } from 'zod';
import type { TableName } from '../../../../core/names.js';
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
import type { MsSession, SessionPool } from '../../sql-session.js';
import type { FeedSessions } from '../feed-sessions.js';
import { changeForm } from '../wire-column.js';
import type { PollLimits } from '../poll-interval.js';
import { atLeastEvery, PollInterval } from '../poll-interval.js';
import { WindowReader } from '../window-reader.js';
import { CdcWindows } from './cdc-windows.js';
import { enableDatabase, readSwitch } from './enable.js';
import { capturedSoFar, capturedUpToNow } from './fence.js';
import { joinReaders, leaveReaders, readReaders, readTargets } from './feed-readers.js';
import { showReading } from './reader-locks.js';
import type { Checkpoint } from './find-gap.js';
import { findGap } from './find-gap.js';
import { cdcFindings } from './health.js';
import { InstanceWatch } from './instance-watch.js';
import { distanceBetween, NO_LSN } from './lsn.js';
import { readMemberships } from './memberships.js';
import { COUNT_UNREAD_INSTANCES, DISABLE_DATABASE } from './sql/enable-sql.js';
import { missingInstances } from './missing-instances.js';
import { readRetentionSeconds } from './retention.js';
import { addTables, dropInstances, instancesOf } from './table-instances.js';
import { InstanceTender } from './tend-instances.js';
import { readMaxLsn } from './window.js';

/** Capture itself looks every few seconds, so a shorter wait than the shortest brings nothing. */
const DEFAULTS: CdcFeedSettings = {
  poll: { shortestMs: 200, longestMs: 2_000 },
  tendEveryMs: 5_000,
};
const WAITING_ROW = z.object({ waiting: z.string() });

export interface CdcFeedSettings {
  readonly poll: PollLimits;
  /** How often the columns of the tables are compared with those of their instances. */
  readonly tendEveryMs: number;
}

/** Change Data Capture of one database: the change tables of all its capture instances. */
export class CdcFeed implements ChangeFeed {
  readonly #read: SessionPool;
  readonly #change: SessionPool;
  readonly #open: () => Promise<MsSession>;

  readonly #settings: CdcFeedSettings;

  constructor(sessions: FeedSessions, settings: Partial<CdcFeedSettings> = {}) {
    this.#settings = { ...DEFAULTS, ...settings };
    this.#read = sessions.read;
    this.#change = sessions.change;
    this.#open = sessions.open;
  }

  async prepare(name: FeedName): Promise<{ position: Position; created: readonly string[] }> {
    return this.#change.use(async (session) => {
      const made = await enableDatabase(session, name);
      const { database } = await readSwitch(session.query);
      const position = (await readMaxLsn(session.query)) ?? NO_LSN;
      const joined = await joinReaders(session, name);
      const created = [
        ...(made ? [`cdc ${database}`] : []),
        ...(joined ? [`captureInstances ${database}`] : []),
      ];
      return { position, created };
    });
  }

  async addTables(name: FeedName, tables: readonly TableName[]): Promise<void> {
    await this.#change.use((session) => addTables(session, name, tables));
  }

  async missingFor(_name: FeedName, tables: readonly TableName[]): Promise<readonly Finding[]> {
    return this.#read.use((session) => missingInstances(session.query, tables));
  }

  /** An instance stays until `drop`: the table may come back, and others may read it. */
  removeTables(): Promise<void> {
    return Promise.resolve();
  }

  async memberships(
    _name: FeedName,
    tables: readonly TableName[],
  ): Promise<readonly FeedMembership[]> {
    return this.#read.use((session) => readMemberships(session.query, tables));
  }

  async renew(name: FeedName): Promise<{ position: Position; created: readonly string[] }> {
    return this.prepare(name);
  }

  /** A reader holds back no log: the capture job reads it whether anybody follows or not. */
  release(): Promise<boolean> {
    return Promise.resolve(false);
  }

  async end(): Promise<Position> {
    return this.#read.use((session) => capturedSoFar(session.query));
  }

  /** Everything that a reader can see now lies before it; waits for the capture job. */
  async copiedUpTo(): Promise<Position> {
    return capturedUpToNow(this.#read);
  }

  distance(from: Position, to: Position): number {
    return distanceBetween(from, to);
  }

  async findGap(_name: FeedName, checkpoint: Checkpoint): Promise<FeedGap | null> {
    return this.#read.use((session) => findGap(session.query, checkpoint));
  }

  /**
   * Making an instance waits for everyone who uses the table, and a transaction that ends later is
   * captured whole; so there is nobody to wait for but the capture job.
   */
  takeBarrier(): Promise<string> {
    return Promise.resolve('');
  }

  async barrierPassed(): Promise<{ passed: boolean; waitingFor: string | null }> {
    return this.#read.use(async (session) => {
      const [row] = await session.query(COUNT_UNREAD_INSTANCES);
      const passed = WAITING_ROW.parse(row).waiting === '0';
      const waitingFor = passed ? null : 'the capture job of SQL Server Agent to read the log';
      return { passed, waitingFor };
    });
  }

  async open(name: FeedName, from: Position, options: FeedOptions): Promise<FeedReader> {
    const { poll, tendEveryMs } = this.#settings;
    // One that was made before there were marks has left none.
    await this.#change.use((change) => joinReaders(change, name));
    const session = await this.#open();
    if (!name.mayCreate) await orClose(session, () => showReading(session));
    const wanted = () => options.wanted?.() ?? null;
    const watch = new InstanceWatch(session, changeForm(options), wanted);
    const tender = new InstanceTender({ session, change: this.#change, watch }, name, tendEveryMs);
    const windows = new CdcWindows(session, watch, tender);
    const interval = new PollInterval(atLeastEvery(poll, options.pollMs));
    return new WindowReader(windows, interval, from, options.maxBufferedBytes);
  }

  async health(): Promise<FeedHealth> {
    return this.#read.use(async ({ query }) => {
      const findings = await cdcFindings(query);
      return { retainedBytes: null, keepsSeconds: await readRetentionSeconds(query), findings };
    });
  }

  async drop(name: FeedName): Promise<readonly string[]> {
    return this.#change.use(async (session) => {
      const { enabled } = await readSwitch(session.query);
      const dropped = await leaveReaders(session, name, async (marks) =>
        enabled ? dropInstances(session, marks) : [],
      );
      return dropped.map(told);
    });
  }

  /** Nothing while another feed reads here: that one drops it when it goes. */
  async drops(name: FeedName): Promise<readonly string[]> {
    return this.#read.use(async ({ query }) => {
      if (!(await readSwitch(query)).enabled) return [];
      const { others, marks } = await readReaders(query, name);
      return others ? [] : (await instancesOf(query, marks)).map((one) => told(one.name));
    });
  }

  /** Others may use it, and no record says that they do not. */
  async stays(): Promise<readonly string[]> {
    const { enabled, database } = await this.#read.use(({ query }) => readSwitch(query));
    const off = `Off, where nobody else uses it: ${DISABLE_DATABASE}`;
    return enabled ? [`Change Data Capture of the database ${database}. ${off}`] : [];
  }

  async targetsOf(pipeline: string): Promise<readonly string[]> {
    return this.#read.use((session) => readTargets(session.query, pipeline));
  }
}

async function orClose(session: MsSession, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    await session.close();
    throw error;
  }
}

function told(instance: string): string {
  return `capture instance ${instance}`;
}
