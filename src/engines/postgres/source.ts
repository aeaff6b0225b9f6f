import type { TableName } from '../../core/names.js';
import { NEUTRAL_WIRE } from '../../core/neutral-wire.js';
import type { ConnectionResolver } from '../contract/connection.js';
import type { SourceCare } from '../contract/care.js';
import type { FullSyncSource } from '../contract/full-sync.js';
import type { ResetTriggerSource } from '../contract/reset-trigger.js';
import type { DatabaseIdentity, Finding, TableModel } from '../contract/schema.js';
import type { WatermarkSource } from '../contract/watermark.js';
import type { FingerprintVerdict, OpenOptions, SourceDatabase } from '../engine.js';
import { compareFingerprints } from './catalog/compare-fingerprints.js';
import { readSchema } from './catalog/read-schema.js';
import { TABLE_NAMES } from './catalog/sql/relations.js';
import { readTables } from './catalog/read-tables.js';
import { openSourceCare } from './care/source-care.js';
import { describeServer } from './connect.js';
import type { PgConnection } from './connection-options.js';
import { readIdentity } from './feed/lineage.js';
import { PostgresFeed } from './feed/postgres-feed.js';
import { PGOUTPUT_WIRE } from './feed/shapes.js';
import { openFullSyncSource } from './full-sync/full-sync-source.js';
import { idleRules } from '../session-places.js';
import { borrowPg } from './kept-clients.js';
import { preflightSource } from './preflight/preflight.js';
import { openResetTriggers } from './reset-trigger/reset-trigger-source.js';
import { pgConnection, replicationConnection } from './settings.js';
import { SqlSession } from './sql-session.js';
import { openSessionPool, type SessionPool } from './state/session-pool.js';
import { PostgresVerify } from './verify/postgres-verify.js';
import { openWatermarkSource } from './watermark/watermark-source.js';

/** Chunks that one activity reads at a time; the lanes of a table are activities of their own. */
const COPY_SESSIONS = 4;

/** A PostgreSQL database to read from. Opens no session before the first use. */
export class PostgresSource implements SourceDatabase {
  /** For the target's own work on the same kind of server: rows that only the source still has. */
  readonly session: SqlSession;
  readonly pool: SessionPool;
  readonly wires = [PGOUTPUT_WIRE, NEUTRAL_WIRE];
  readonly log: PostgresFeed;
  readonly fullSync: FullSyncSource;
  readonly watermark: WatermarkSource;
  readonly resetTriggers: ResetTriggerSource;
  readonly care: SourceCare;
  readonly verify: PostgresVerify;
  readonly #connection: PgConnection;
  readonly #digests: SqlSession;

  constructor(resolve: ConnectionResolver, options: OpenOptions) {
    const connection = pgConnection(resolve, options.applicationName);
    const subject = describeServer(connection, 'source');
    this.#connection = connection;
    this.#digests = new SqlSession(connection, 'source');
    this.session = new SqlSession(connection, 'source');
    this.pool = openSessionPool(
      () => borrowPg(connection, 'copy'),
      COPY_SESSIONS,
      idleRules(connection),
    );
    this.log = new PostgresFeed(
      this.session,
      replicationConnection(resolve, options.applicationName),
    );
    this.fullSync = openFullSyncSource(this.pool, subject);
    this.watermark = openWatermarkSource(this.pool, subject);
    this.resetTriggers = openResetTriggers(this.session);
    this.care = openSourceCare(this.session, connection.statementTimeoutMs);
    this.verify = new PostgresVerify(this.#digests, {
      statementTimeoutMs: connection.statementTimeoutMs,
      position: () => this.log.end(),
    });
  }

  /** One publication and slot: PostgreSQL has no other kind of feed. */
  feed(): PostgresFeed {
    return this.log;
  }

  identity(): Promise<DatabaseIdentity> {
    return readIdentity(this.session);
  }

  preflight(): Promise<readonly Finding[]> {
    return preflightSource(this.session, this.#connection);
  }

  listTables(only?: readonly TableName[]): Promise<readonly TableModel[]> {
    return readTables(this.session, only === undefined ? {} : { only });
  }

  async tableNames(): Promise<readonly TableName[]> {
    return this.session.query<TableName & Record<string, unknown>>(TABLE_NAMES);
  }

  readSchema(): Promise<unknown> {
    return readSchema(this.session);
  }

  compareFingerprints(before: string, after: string): FingerprintVerdict {
    return compareFingerprints(before, after);
  }

  async interrupt(): Promise<void> {
    const sessions = [this.session.cancel(), this.#digests.cancel()];
    await Promise.allSettled([...sessions, this.pool.interrupt()]);
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.session.close(), this.#digests.close(), this.pool.close()]);
  }
}
