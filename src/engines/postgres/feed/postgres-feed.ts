import type { TableName } from '../../../core/names.js';
import type {
  ChangeFeed,
  FeedMembership,
  FeedGap,
  FeedHealth,
  FeedName,
  FeedOptions,
  FeedReader,
  Position,
} from '../../contract/feed.js';
import type { PgConnection } from '../connection-options.js';
import type { SqlSession } from '../sql-session.js';
import { barrierPassed, takeBarrier } from './barrier.js';
import { dropFeed } from './drop-feed.js';
import { feedHealth } from './feed-health.js';
import { READ_END } from './feed-sql.js';
import type { Checkpoint } from './find-gap.js';
import { feedTargets } from './feed-targets.js';
import { findGap } from './find-gap.js';
import { readMemberships } from './memberships.js';
import { openFeed } from './open-feed.js';
import { distanceBetween, toPosition } from './position.js';
import { prepareFeed } from './prepare-feed.js';
import { addTables, removeTables } from './publication-tables.js';
import { dropUnreadable, releaseSlot } from './release-slot.js';

export interface PostgresFeedSettings {
  /** Ask for slots that standbys keep too (17 and later). */
  readonly failoverSlots: boolean;
  readonly slotTimeoutMs: number;
  readonly lockTimeoutMs: number;
  readonly statementTimeoutMs: number;
  readonly lockAttempts: number;
  readonly idleIntervalMs: number;
  readonly takeOverMs: number;
}

const LSN = /^[0-9A-Fa-f]{1,8}\/[0-9A-Fa-f]{1,8}$/;

export const FEED_DEFAULTS: PostgresFeedSettings = {
  failoverSlots: false,
  slotTimeoutMs: 60_000,
  lockTimeoutMs: 2_000,
  statementTimeoutMs: 30_000,
  lockAttempts: 5,
  idleIntervalMs: 1_000,
  takeOverMs: 10_000,
};

/** The feed of one source: a publication and a logical slot per target. */
export class PostgresFeed implements ChangeFeed {
  private readonly settings: PostgresFeedSettings;

  /** `session` is used for everything but the streams, which open sessions of their own. */
  constructor(
    private readonly session: SqlSession,
    private readonly connection: PgConnection,
    settings: Partial<PostgresFeedSettings> = {},
  ) {
    this.settings = { ...FEED_DEFAULTS, ...settings };
  }

  async prepare(name: FeedName): Promise<{ position: Position; created: readonly string[] }> {
    const { failoverSlots: failover, slotTimeoutMs } = this.settings;
    return prepareFeed(this.session, name, { failover, slotTimeoutMs });
  }

  async addTables(name: FeedName, tables: readonly TableName[]): Promise<void> {
    await addTables(this.session, name, tables, this.locking());
  }

  async removeTables(name: FeedName, tables: readonly TableName[]): Promise<void> {
    await removeTables(this.session, name, tables, this.locking());
  }

  async memberships(
    name: FeedName,
    tables: readonly TableName[],
  ): Promise<readonly FeedMembership[]> {
    return readMemberships(this.session, name, tables);
  }

  async renew(name: FeedName): Promise<{ position: Position; created: readonly string[] }> {
    await dropUnreadable(this.session, name, this.#own());
    return this.prepare(name);
  }

  async release(name: FeedName): Promise<boolean> {
    return releaseSlot(this.session, name, this.#own());
  }

  readPosition(text: string): Position | null {
    return LSN.test(text) ? toPosition(text) : null;
  }

  async end(): Promise<Position> {
    const rows = await this.session.query<{ lsn: string | null }>(READ_END);
    return toPosition(rows[0]?.lsn ?? '0/0');
  }

  distance(from: Position, to: Position): number {
    return distanceBetween(from, to);
  }

  async findGap(name: FeedName, checkpoint: Checkpoint): Promise<FeedGap | null> {
    const { takeOverMs } = this.settings;
    return findGap(this.session, this.connection, name, checkpoint, takeOverMs);
  }

  async takeBarrier(): Promise<string> {
    return takeBarrier(this.session);
  }

  async barrierPassed(barrier: string): Promise<{ passed: boolean; waitingFor: string | null }> {
    return barrierPassed(this.session, barrier);
  }

  async open(name: FeedName, from: Position, options: FeedOptions): Promise<FeedReader> {
    const { idleIntervalMs, takeOverMs } = this.settings;
    return openFeed(
      this.session,
      this.connection,
      { name, from },
      {
        ...options,
        idleIntervalMs: Math.min(idleIntervalMs, options.pollMs ?? idleIntervalMs),
        takeOverMs,
      },
    );
  }

  async health(name: FeedName): Promise<FeedHealth> {
    return feedHealth(this.session, name);
  }

  async drop(name: FeedName): Promise<readonly string[]> {
    return dropFeed(this.session, name);
  }

  async targetsOf(pipeline: string): Promise<readonly string[]> {
    return feedTargets(this.session, pipeline);
  }

  #own(): { applicationName: string; takeOverMs: number } {
    const { applicationName } = this.connection;
    return { applicationName, takeOverMs: this.settings.takeOverMs };
  }

  private locking() {
    const { lockTimeoutMs, statementTimeoutMs, lockAttempts: attempts } = this.settings;
    return { lockTimeoutMs, statementTimeoutMs, attempts };
  }
}
