import { readFile } from 'node:fs/promises';
import type pg from 'pg';
import type { Change } from '../../../../src/core/change.js';
import type { PgConnection } from '../../../../src/engines/postgres/connection-options.js';
import type { PgLaneWriter } from '../../../../src/engines/postgres/apply/lane-writer.js';
import { openLaneWriter } from '../../../../src/engines/postgres/apply/lane-writer.js';
import { Shapes } from '../../../../src/engines/postgres/feed/shapes.js';
import { appendChanges } from '../../../../src/engines/postgres/feed/to-changes.js';
import { formatLsnFixed } from '../../../../src/engines/postgres/replication/lsn.js';
import { PgOutputDecoder } from '../../../../src/engines/postgres/replication/pgoutput.js';
import type { PostgresVersion } from '../../../../src/local/postgres-server.js';
import type { TestDatabase } from '../../../support/postgres.js';
import { createDatabase, sharedPostgres } from '../../../support/postgres.js';

const INITIAL = 'src/engines/postgres/state/000001-initial.sql';

export interface SourceTransaction {
  readonly changes: Change[];
  readonly position: string;
  readonly time: Date;
}

/** A source and a target database, a slot, and one lane whose tables are both `applies`. */
export interface Scene {
  readonly source: pg.Client;
  readonly target: pg.Client;
  readonly connection: PgConnection;
  readonly laneId: string;
  /** The same DDL on both sides; each table becomes a member of the lane. */
  createTables(ddl: string, tables: readonly string[]): Promise<void>;
  flags(table: string, flags: { applies: boolean; parks: boolean }): Promise<void>;
  tableId(table: string): Promise<string>;
  /** Source transactions since the last call, decoded from the log as the feed does it. */
  transactions(): Promise<SourceTransaction[]>;
  claim(): Promise<PgLaneWriter>;
  /** Rows of both sides as text, in the order of their text. */
  rows(side: 'source' | 'target', table: string): Promise<string[]>;
  close(): Promise<void>;
}

export async function openScene(version: PostgresVersion, label: string): Promise<Scene> {
  const server = sharedPostgres(version);
  const sourceDb = await createDatabase(server, `${label}_s`);
  const targetDb = await createDatabase(server, `${label}_t`);
  const source = await sourceDb.connect();
  const target = await targetDb.connect();
  await target.query('create schema sluice');
  await target.query(await readFile(INITIAL, 'utf8'));
  await source.query('create publication p for all tables');
  await source.query(`select pg_create_logical_replication_slot($1, 'pgoutput')`, [sourceDb.name]);
  const lane = await target.query<{ lane_id: string }>(
    `insert into sluice.lane (pipeline, target, position, source_identity)
     values ('p', 't', '00000000/00000000', 'lineage') returning lane_id`,
  );
  const laneId = lane.rows[0]?.lane_id ?? '';
  const connection = connectionTo(server, targetDb);
  const reader = slotReader(source, sourceDb.name);
  const writers: PgLaneWriter[] = [];
  return {
    source,
    target,
    connection,
    laneId,
    createTables: async (ddl, tables) => {
      await source.query(ddl);
      await target.query(ddl);
      for (const table of tables) await addMember(target, laneId, table);
    },
    flags: async (table, { applies, parks }) => {
      await target.query(
        `with l as (update sluice.lane set membership = membership + 1)
         update sluice.table_state set applies = $2, parks = $3 where target_table = $1`,
        [table, applies, parks],
      );
    },
    tableId: async (table) => tableId(target, table),
    transactions: reader,
    claim: async () => {
      const writer = await openLaneWriter(connection, laneId, 'test');
      writers.push(writer);
      return writer;
    },
    rows: async (side, table) => {
      const client = side === 'source' ? source : target;
      const { rows } = await client.query<{ row: string }>(
        `select t::text as row from ${table} t order by t::text collate "C"`,
      );
      return rows.map(({ row }) => row);
    },
    close: async () => {
      await Promise.all(writers.map(async (writer) => writer.close()));
      await sourceDb.drop();
      await targetDb.drop();
    },
  };
}

/** Write everything that the source has done since, `perBatch` transactions in each batch. */
export async function replicate(
  scene: Scene,
  writer: PgLaneWriter,
  perBatch = Number.POSITIVE_INFINITY,
): Promise<{ missing: number; parked: number; deletes: number }> {
  const membership = await writer.readMembership();
  const sum = { missing: 0, parked: 0, deletes: 0 };
  const waiting = await scene.transactions();
  while (waiting.length > 0) {
    const batch = waiting.splice(0, perBatch);
    for (const { changes } of batch) await writer.write(changes, membership);
    const last = batch[batch.length - 1];
    if (last === undefined) break;
    const counts = await writer.commit(last.position, last.time, batch.length);
    sum.missing += counts.missing;
    sum.parked += counts.parked;
    sum.deletes += counts.deletes;
  }
  return sum;
}

function connectionTo(
  server: ReturnType<typeof sharedPostgres>,
  database: TestDatabase,
): PgConnection {
  return {
    host: server.host,
    port: server.port,
    database: database.name,
    user: server.user,
    password: () => server.password,
    tls: { mode: 'disable' },
    connectTimeoutMs: 10_000,
    statementTimeoutMs: 60_000,
    applicationName: 'sluice-test',
    session: {},
  };
}

async function addMember(target: pg.Client, laneId: string, table: string): Promise<void> {
  await target.query(
    `with t as (
       insert into sluice.table_state (pipeline, target, slug, source_schema, source_table,
         target_schema, target_table, lane_id, mode, load, phase, applies)
       values ('p', 't', $2, 'public', $2, 'public', $2, $1, 'cdc', 'swap', 'streaming', true)
       returning table_id),
     l as (update sluice.lane set membership = membership + 1)
     insert into sluice.table_feed (table_id) select table_id from t`,
    [laneId, table],
  );
}

async function tableId(target: pg.Client, table: string): Promise<string> {
  const { rows } = await target.query<{ table_id: string }>(
    'select table_id from sluice.table_state where target_table = $1',
    [table],
  );
  return rows[0]?.table_id ?? '';
}

function slotReader(source: pg.Client, slot: string): () => Promise<SourceTransaction[]> {
  const decoder = new PgOutputDecoder();
  const shapes = new Shapes();
  return async () => {
    const { rows } = await source.query<{ lsn: string; data: Buffer }>(
      `select lsn::text, data from pg_logical_slot_get_binary_changes($1, null, null,
         'proto_version', '1', 'publication_names', 'p', 'binary', 'true')`,
      [slot],
    );
    const transactions: SourceTransaction[] = [];
    let changes: Change[] = [];
    for (const { data } of rows) {
      const message = decoder.decode(data, 0, data.length);
      if (message.kind === 'relation') shapes.learn(message);
      else if (message.kind === 'commit') {
        const position = formatLsnFixed(message.endLsn);
        const time = new Date(Number(message.commitTime / 1000n));
        if (changes.length > 0) transactions.push({ changes, position, time });
        changes = [];
      } else if (
        message.kind === 'insert' ||
        message.kind === 'update' ||
        message.kind === 'delete' ||
        message.kind === 'truncate'
      ) {
        appendChanges(message, shapes, changes);
      }
    }
    return transactions;
  };
}
