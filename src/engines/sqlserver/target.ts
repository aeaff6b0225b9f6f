import type { TableName } from '../../core/names.js';
import type { StateStore } from '../../state/store.js';
import type { ConnectionResolver } from '../contract/connection.js';
import type { FullSyncTarget } from '../contract/full-sync.js';
import type { LaneWriter } from '../contract/lane.js';
import type { DatabaseIdentity, Finding, SchemaTarget, TableModel } from '../contract/schema.js';
import type { WatermarkTarget } from '../contract/watermark.js';
import type { SourceDatabase, TargetDatabase, TargetOpenOptions } from '../engine.js';
import { idleRules } from '../session-places.js';
import { isLocked } from './apply/is-locked.js';
import { openLaneWriter } from './apply/lane-writer.js';
import { readIdentity } from './catalog/identity.js';
import { targetKeys } from './config.js';
import { connectMs, type MsSessionOptions } from './connect.js';
import type { MsConnection, MsPurpose } from './connection-options.js';
import { describeServer } from './connection-options.js';
import { MsSchemaTarget } from './define/schema-target.js';
import { drainWith } from './drain-with.js';
import { openFullSyncTarget } from './full-sync/full-sync-target.js';
import { WIRES } from './full-sync/wire.js';
import { preflightTarget } from './preflight/preflight.js';
import { openSessionPool } from './session-pool.js';
import { msConnection } from './settings.js';
import type { SessionPool } from './sql-session.js';
import { openState } from './state/open-state.js';
import { MsVerify } from './verify/ms-verify.js';
import { repairRows } from './verify/repair.js';
import { openWatermarkTarget } from './watermark/watermark-target.js';

const STATE_SESSIONS = 2;
const WRITE_SESSIONS = 4;
const DEFINE_SESSIONS = 1;
const DIGEST_SESSIONS = 1;
/** Index builds, merges and loads take as long as they take. */
const NO_LIMIT = { statementTimeoutMs: 0 };

/** A SQL Server database to write to. Opens no session before the first use. */
export class SqlServerTarget implements TargetDatabase {
  readonly wires = WIRES;
  readonly state: StateStore;
  readonly schema: SchemaTarget;
  readonly fullSync: FullSyncTarget;
  readonly watermark: WatermarkTarget;
  readonly verify: MsVerify;
  readonly #connection: MsConnection;
  readonly #pools: Readonly<Record<'state' | 'write' | 'define' | 'digests', SessionPool>>;
  readonly #peer: (() => Promise<SourceDatabase>) | undefined;

  constructor(resolve: ConnectionResolver, options: TargetOpenOptions) {
    const connection = msConnection(resolve, options.applicationName);
    const { rowversion = 'binary', allowDataMovement = false } = targetKeys.parse(
      options.own ?? {},
    );
    const open = (purpose: MsPurpose, extra = {}) => {
      return () => connectMs(connection, purpose, extra);
    };
    const idle = idleRules(connection);
    this.#connection = connection;
    this.#pools = {
      state: openSessionPool(open('state'), STATE_SESSIONS, idle),
      write: openSessionPool(open('target', NO_LIMIT), WRITE_SESSIONS, idle),
      define: openSessionPool(open('target', NO_LIMIT), DEFINE_SESSIONS, idle),
      digests: openSessionPool(open('target'), DIGEST_SESSIONS, idle),
    };
    this.#peer = options.peer;
    const { state, write, define, digests } = this.#pools;
    this.state = openState(state, describeServer(connection, 'target'));
    const enforceForeignKeys = options.enforceForeignKeys === true;
    this.schema = new MsSchemaTarget(define, { rowversion, enforceForeignKeys });
    const drain = drainWith(async () => (await options.peer?.()) ?? null);
    this.fullSync = openFullSyncTarget({ pool: write, drain, rowversion, allowDataMovement });
    this.watermark = openWatermarkTarget(write);
    this.verify = new MsVerify(digests, () => Promise.resolve(null));
  }

  identity(): Promise<DatabaseIdentity> {
    return this.#pools.define.use(async ({ query }) => readIdentity(query));
  }

  preflight(): Promise<readonly Finding[]> {
    return this.#pools.define.use(async ({ query }) => preflightTarget(query, this.#connection));
  }

  claimLane(laneId: string, owner: string): Promise<LaneWriter> {
    const connect = (extra: MsSessionOptions) => connectMs(this.#connection, 'target', extra);
    return openLaneWriter(connect, laneId, owner);
  }

  isLocked(table: TableName): Promise<boolean> {
    return this.#pools.state.use((session) => isLocked(session, table));
  }

  async repairRows(
    model: TableModel,
    target: TableName,
    keys: readonly string[],
    laneId: string | null,
  ): Promise<number> {
    const source = await this.#peer?.();
    const { key } = model;
    if (source === undefined || key === null || keys.length === 0) return 0;
    const understood = this.fullSync.wires(model);
    const wire = source.fullSync.wires(model).find((name) => understood.includes(name));
    const { fullSync } = source;
    if (fullSync.readKeys === undefined || wire === undefined) return 0;
    const read = fullSync.readKeys.bind(fullSync, model);
    return repairRows(this.#pools.write, {
      ...{ target, key, keys, laneId },
      read: (some) => read(some, wire),
    });
  }

  async interrupt(): Promise<void> {
    const { write, define, digests } = this.#pools;
    await Promise.allSettled([write, define, digests].map(async (pool) => pool.interrupt()));
  }

  async close(): Promise<void> {
    await Promise.allSettled(Object.values(this.#pools).map(async (pool) => pool.close()));
  }
}
