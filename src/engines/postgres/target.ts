import type { TableName } from '../../core/names.js';
import { NEUTRAL_WIRE } from '../../core/neutral-wire.js';
import type { ConnectionResolver } from '../contract/connection.js';
import type { FullSyncTarget } from '../contract/full-sync.js';
import type { LaneWriter } from '../contract/lane.js';
import type { DatabaseIdentity, Finding, SchemaTarget, TableModel } from '../contract/schema.js';
import type { WatermarkTarget } from '../contract/watermark.js';
import type { SourceDatabase, TargetDatabase, TargetOpenOptions } from '../engine.js';
import type { StateStore } from '../../state/store.js';
import { isLocked } from './apply/is-locked.js';
import { ENFORCING } from './apply/replica-role.js';
import { openLaneWriter } from './apply/lane-writer.js';
import { describeServer } from './connect.js';
import type { PgConnection } from './connection-options.js';
import { PgSchemaTarget } from './define/schema-target.js';
import { drainWith, logEndOf } from './drain-with.js';
import { readIdentity } from './feed/lineage.js';
import { PGOUTPUT_WIRE } from './feed/shapes.js';
import { freeBytes } from './free-bytes.js';
import { openFullSyncTarget } from './full-sync/full-sync-target.js';
import { idleRules } from '../session-places.js';
import { borrowPg } from './kept-clients.js';
import { preflightTarget } from './preflight/preflight.js';
import { pgConnection } from './settings.js';
import { PostgresSource } from './source.js';
import { SqlSession } from './sql-session.js';
import { openState } from './state/open-state.js';
import { openSessionPool, type SessionPool } from './state/session-pool.js';
import { PostgresRepair } from './verify/repair.js';
import { repairFrom } from './verify/repair-from.js';
import { PostgresVerify } from './verify/postgres-verify.js';
import { openWatermarkTarget } from './watermark/watermark-target.js';

const STATE_SESSIONS = 2;
const WRITE_SESSIONS = 4;

/** A PostgreSQL database to write to. Opens no session before the first use. */
export class PostgresTarget implements TargetDatabase {
  readonly wires = [PGOUTPUT_WIRE, NEUTRAL_WIRE];
  readonly state: StateStore;
  readonly schema: SchemaTarget;
  readonly fullSync: FullSyncTarget;
  readonly watermark: WatermarkTarget;
  readonly verify: PostgresVerify;
  readonly #connection: PgConnection;
  readonly #session: SqlSession;
  readonly #digests: SqlSession;
  readonly #statePool: SessionPool;
  readonly #writePool: SessionPool;
  readonly #peer: (() => Promise<SourceDatabase>) | undefined;
  readonly #subject: string;

  constructor(resolve: ConnectionResolver, options: TargetOpenOptions) {
    const enforce = options.enforceForeignKeys === true;
    const own = pgConnection(resolve, options.applicationName);
    const connection = enforce ? { ...own, session: { ...own.session, ...ENFORCING } } : own;
    const subject = describeServer(connection, 'target');
    const open = (purpose: 'state' | 'target') => () => borrowPg(connection, purpose);
    const idle = idleRules(connection);
    this.#connection = connection;
    this.#session = new SqlSession(connection, 'target');
    this.#digests = new SqlSession(connection, 'target');
    this.#statePool = openSessionPool(open('state'), STATE_SESSIONS, idle);
    this.#writePool = openSessionPool(open('target'), WRITE_SESSIONS, idle);
    this.#peer = options.peer;
    this.#subject = subject;
    this.state = openState(this.#statePool, subject);
    this.schema = new PgSchemaTarget(this.#session, enforce);
    const peer = async () => (await options.peer?.()) ?? null;
    const fetches = { drain: drainWith(peer), logEnd: logEndOf(peer) };
    this.fullSync = openFullSyncTarget({ pool: this.#writePool, subject, ...fetches });
    this.watermark = openWatermarkTarget(this.#writePool, subject);
    this.verify = new PostgresVerify(this.#digests, {
      statementTimeoutMs: connection.statementTimeoutMs,
      position: () => Promise.resolve(null),
    });
  }

  identity(): Promise<DatabaseIdentity> {
    return readIdentity(this.#session);
  }

  preflight(): Promise<readonly Finding[]> {
    return preflightTarget(this.#session, this.#connection);
  }

  freeBytes(): Promise<number | null> {
    return freeBytes(this.#session, this.#connection);
  }

  isLocked(table: TableName): Promise<boolean> {
    return isLocked(this.#session, table);
  }

  claimLane(laneId: string, owner: string): Promise<LaneWriter> {
    return openLaneWriter(this.#connection, laneId, owner);
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
    if (source instanceof PostgresSource) {
      const repair = new PostgresRepair(source.session, this.#session, laneId);
      return repair.repairRows(model, target, keys);
    }
    const readKeys = source.fullSync.readKeys?.bind(source.fullSync);
    if (readKeys === undefined) return 0;
    const read = (some: readonly string[]) => readKeys(model, some, NEUTRAL_WIRE);
    return repairFrom(this.#writePool, this.#subject, { target, key, keys, laneId, read });
  }

  async interrupt(): Promise<void> {
    const sessions = [this.#session.cancel(), this.#digests.cancel()];
    await Promise.allSettled([...sessions, this.#writePool.interrupt()]);
  }

  async close(): Promise<void> {
    const sessions = [this.#session.close(), this.#digests.close()];
    await Promise.allSettled([...sessions, this.#statePool.close(), this.#writePool.close()]);
  }
}
