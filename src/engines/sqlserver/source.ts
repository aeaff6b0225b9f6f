import type { FeedKind } from '../../core/feed-kind.js';
import type { TableName } from '../../core/names.js';
import type { SourceCare } from '../contract/care.js';
import type { ConnectionResolver } from '../contract/connection.js';
import type { ChangeFeed } from '../contract/feed.js';
import type { FullSyncSource } from '../contract/full-sync.js';
import type { ResetTriggerSource } from '../contract/reset-trigger.js';
import type { DatabaseIdentity, Finding, TableModel } from '../contract/schema.js';
import type { WatermarkSource } from '../contract/watermark.js';
import type { FingerprintVerdict, OpenOptions, SourceDatabase } from '../engine.js';
import { idleRules } from '../session-places.js';
import { openSourceCare } from './care/source-care.js';
import { compareFingerprints } from './catalog/compare-fingerprints.js';
import type { MayEnable } from './catalog/feeds-of.js';
import { readIdentity } from './catalog/identity.js';
import { readSchema } from './catalog/read-schema.js';
import { readOfferedTables, readTableNames } from './catalog/table-names.js';
import { readTables } from './catalog/read-tables.js';
import { mayCreateFeed, maySwitchPartitions } from './config.js';
import { connectMs } from './connect.js';
import type { MsConnection, MsPurpose } from './connection-options.js';
import { CdcFeed } from './feed/cdc/cdc-feed.js';
import { ChangeTrackingFeed } from './feed/change-tracking/change-tracking-feed.js';
import { openFullSyncSource } from './full-sync/full-sync-source.js';
import { WIRES } from './full-sync/wire.js';
import { preflightSource } from './preflight/preflight.js';
import { openResetTriggers } from './reset-trigger/reset-trigger-source.js';
import { openSessionPool } from './session-pool.js';
import { msConnection } from './settings.js';
import type { SessionPool } from './sql-session.js';
import { MsVerify } from './verify/ms-verify.js';
import { openWatermarkSource } from './watermark/watermark-source.js';

/** Sessions for what is short; and chunks that one activity reads at a time. */
const READ_SESSIONS = 2;
const COPY_SESSIONS = 4;
const CHANGE_SESSIONS = 1;
const DIGEST_SESSIONS = 1;

/** A SQL Server database to read from. Opens no session before the first use. */
export class SqlServerSource implements SourceDatabase {
  readonly wires = WIRES;
  /** For the target's own work on the same kind of server: rows that only the source still has. */
  readonly pool: SessionPool;
  readonly fullSync: FullSyncSource;
  readonly watermark: WatermarkSource;
  readonly resetTriggers: ResetTriggerSource;
  readonly care: SourceCare;
  readonly verify: MsVerify;
  readonly #connection: MsConnection;
  readonly #mayEnable: MayEnable;
  readonly #feeds: { readonly cdc: CdcFeed; readonly changeTracking: ChangeTrackingFeed };
  readonly #pools: readonly SessionPool[];

  constructor(resolve: ConnectionResolver, options: OpenOptions) {
    const connection = msConnection(resolve, options.applicationName);
    const open = (purpose: MsPurpose) => () => connectMs(connection, purpose);
    const own = options.own ?? {};
    this.#connection = connection;
    this.#mayEnable = {
      cdc: mayCreateFeed('cdc', own),
      changeTracking: mayCreateFeed('changeTracking', own),
      partitionSwitch: maySwitchPartitions(own),
    };
    const idle = idleRules(connection);
    this.pool = openSessionPool(open('source'), READ_SESSIONS, idle);
    const copy = openSessionPool(open('copy'), COPY_SESSIONS, idle);
    const primary = openSessionPool(open('primary'), COPY_SESSIONS, idle);
    const change = openSessionPool(open('change'), CHANGE_SESSIONS, idle);
    const digests = openSessionPool(open('source'), DIGEST_SESSIONS, idle);
    this.#pools = [this.pool, copy, primary, change, digests];
    const sessions = { read: this.pool, change, open: open('source') };
    this.#feeds = { cdc: new CdcFeed(sessions), changeTracking: new ChangeTrackingFeed(sessions) };
    this.fullSync = openFullSyncSource(copy, (kind) => this.#feeds[kind].copiedUpTo(), primary);
    this.watermark = openWatermarkSource(primary);
    this.resetTriggers = openResetTriggers(this.pool, change);
    this.care = openSourceCare(this.pool, connection.statementTimeoutMs);
    this.verify = new MsVerify(digests, () => this.#feeds.cdc.end(), primary);
  }

  identity(): Promise<DatabaseIdentity> {
    return this.pool.use(async ({ query }) => readIdentity(query));
  }

  preflight(): Promise<readonly Finding[]> {
    return this.pool.use(async ({ query }) =>
      preflightSource(query, this.#connection, this.#mayEnable),
    );
  }

  listTables(only?: readonly TableName[]): Promise<readonly TableModel[]> {
    const options = { mayEnable: this.#mayEnable, ...(only === undefined ? {} : { only }) };
    return this.pool.use(async ({ query }) => readTables(query, options));
  }

  tableNames(): Promise<readonly TableName[]> {
    return this.pool.use(async ({ query }) => readTableNames(query));
  }

  offeredTables(): Promise<readonly TableName[]> {
    return this.pool.use(async ({ query }) => readOfferedTables(query));
  }

  readSchema(): Promise<unknown> {
    return this.pool.use(async ({ query }) => readSchema(query, this.#mayEnable));
  }

  feed(kind: FeedKind): ChangeFeed {
    return this.#feeds[kind];
  }

  compareFingerprints(before: string, after: string): FingerprintVerdict {
    return compareFingerprints(before, after);
  }

  async interrupt(): Promise<void> {
    await Promise.allSettled(this.#pools.map(async (pool) => pool.interrupt()));
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#pools.map(async (pool) => pool.close()));
  }
}
