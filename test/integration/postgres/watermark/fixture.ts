import type { StageRef } from '../../../../src/engines/contract/full-sync.js';
import type { TableModel } from '../../../../src/engines/contract/schema.js';
import type { UpsertOptions } from '../../../../src/engines/contract/watermark.js';
import { connectPg } from '../../../../src/engines/postgres/connect.js';
import { openSessionPool } from '../../../../src/engines/postgres/state/session-pool.js';
import { openWatermarkSource } from '../../../../src/engines/postgres/watermark/watermark-source.js';
import { openWatermarkTarget } from '../../../../src/engines/postgres/watermark/watermark-target.js';
import type { PostgresVersion } from '../../../../src/local/postgres-server.js';
import type { TestDatabase } from '../../../support/postgres.js';
import { ownServer } from '../../../support/postgres.js';
import { connectionTo } from '../feed/feed-fixture.js';
import { openScene } from '../full-sync/fixture.js';

export interface WatermarkScene {
  readonly source: TestDatabase;
  readonly target: TestDatabase;
  readonly from: ReturnType<typeof openWatermarkSource>;
  readonly to: ReturnType<typeof openWatermarkTarget>;
  /** The same DDL on both sides, and the table as a row of the state store. */
  createTable(ddl: string, name: string): Promise<Followed>;
  close(): Promise<void>;
}

export interface Followed {
  readonly model: TableModel;
  readonly stage: StageRef;
}

/**
 * On a server of its own: a value is settled when everyone has ended who was running, and on the one
 * that the run shares those are the transactions of other tests too, for as long as they hold a lock.
 * `as` reads the source as another login.
 */
export async function openWatermarkScene(
  version: PostgresVersion,
  label: string,
  as: { user?: string; password?: () => string } = {},
): Promise<WatermarkScene> {
  const server = await ownServer(version);
  const scene = await openScene(version, label, {}, server);
  // The product's own readers are no writers: they call themselves so.
  const reading = { applicationName: 'sluice test poll', ...as };
  const pool = openSessionPool(
    async () => connectPg(connectionTo(server, scene.source.name, reading), 'copy'),
    4,
  );
  const writing = openSessionPool(
    async () => connectPg(connectionTo(server, scene.target.name), 'target'),
    4,
  );
  return {
    source: scene.source,
    target: scene.target,
    from: openWatermarkSource(pool, 'the source'),
    to: openWatermarkTarget(writing, 'the target'),
    createTable: async (ddl, name) => {
      await scene.source.query(ddl);
      await scene.target.query(ddl);
      const model = await scene.model(name);
      const spec = {
        slug: name,
        source: model.name,
        targetTable: model.name,
        mode: 'incremental',
        load: 'auto',
        enabled: true,
        laneId: null,
      };
      await scene.state.tables.upsert('shop', 'copy', [spec], '1');
      const row = await scene.state.tables.find('shop', 'copy', name);
      const tableId = row?.tableId ?? '';
      const fence = await scene.state.tables.claim(tableId);
      return { model, stage: { tableId, epoch: '1', fence, target: model.name } };
    },
    close: async () => {
      await Promise.all([pool.close(), writing.close()]);
      await scene.close();
      await server.remove();
    },
  };
}

export interface RoundOptions extends UpsertOptions {
  readonly from: string | null;
  readonly overlapMs?: number;
  readonly pageRows?: number;
}

/** One round as the poll does it; returns the watermark after it. */
export async function round(
  scene: WatermarkScene,
  table: Followed,
  column: string,
  options: RoundOptions,
): Promise<{ watermark: string | null; read: number; written: number }> {
  const { model, stage } = table;
  const overlapMs = options.overlapMs ?? 0;
  const known = options.from;
  let from = known === null ? null : await scene.from.minus(model, column, known, overlapMs);
  const to = await scene.from.upperBound(model, column, from, overlapMs);
  const counts = { read: 0, written: 0 };
  if (to === null) return { watermark: known, ...counts };
  for (;;) {
    const end = await scene.from.pageEnd(model, { column, from, to }, options.pageRows ?? 1_000);
    const stream = await scene.from.read(model, { column, from, to: end }, 'pg-copy-binary');
    try {
      const soft = options.softDeleteColumn;
      const upserted = await scene.to.upsert(
        model,
        stage,
        stream,
        end,
        soft === undefined ? {} : { softDeleteColumn: soft },
      );
      counts.read += upserted.read;
      counts.written += upserted.written;
    } finally {
      await stream.close();
    }
    if (end === to) return { watermark: end, ...counts };
    from = end;
  }
}

export async function rowsOf(database: TestDatabase, table: string): Promise<string[]> {
  const rows = await database.query<{ line: string }>(
    `select t::text as line from ${table} t order by t::text collate "C"`,
  );
  return rows.map((row) => row.line);
}

export async function storedWatermark(
  scene: WatermarkScene,
  table: Followed,
): Promise<string | null> {
  const [row] = await scene.target.query<{ watermark: string | null }>(
    'select watermark from sluice.table_state where table_id = $1',
    [table.stage.tableId],
  );
  return row?.watermark ?? null;
}
