/**
 * A full sync as a worker does it but without Temporal: stage, chunks with their ledger, keys, the
 * table made visible.
 */
import { engines } from '../../../src/engines/registry.js';
import type { TableModel } from '../../../src/engines/contract/schema.js';
import type { StageRef } from '../../../src/engines/contract/full-sync.js';
import type { SourceDatabase, TargetDatabase } from '../../../src/engines/engine.js';
import { connectionTo } from '../connection.js';
import { measureHere } from '../measured.js';
import { copyJob } from './copy-job.js';
import { TABLE } from './table.js';

/** The default of the configuration. */
const CHUNK_BYTES = 16 * 1000 * 1000;
const HANDS = 1;

measureHere(async (given) => {
  const job = copyJob.parse(given);
  const engine = engines[job.server.engine];
  if (engine === undefined) throw new Error('There is no such engine.');
  const options = { applicationName: 'sluice bench' };
  const source = await engine.openSource(connectionTo(job.server, job.sourceDb), options);
  const target = await engine.openTarget(connectionTo(job.server, job.targetDb), options);
  const [model] = await source.listTables([TABLE]);
  if (model === undefined) throw new Error('The table is not there.');
  const tableId = await declare(target);
  return async () => {
    const stage = await begin(target, model, tableId);
    const rows = await copyChunks(source, target, model, stage);
    if (rows !== job.rows) throw new Error('Not every row was copied.');
    await target.fullSync.finishStage(model, stage, () => undefined);
    const how = { method: 'swap' as const, maxRows: 1_000, lockTimeoutMs: 5_000 };
    const { done } = await target.fullSync.cutOver(stage, how);
    if (!done) throw new Error('The table was not made visible.');
    await Promise.all([source.close(), target.close()]);
  };
});

/** What a pipeline's first start leaves in the target. */
async function declare({ state }: TargetDatabase): Promise<string> {
  await state.migrate();
  const slug = TABLE.table;
  const spec = { slug, source: TABLE, targetTable: TABLE, mode: 'full', load: 'swap' };
  await state.tables.upsert('bench', 'ours', [{ ...spec, enabled: true, laneId: null }], '1');
  const row = await state.tables.find('bench', 'ours', slug);
  if (row === null) throw new Error('The table was not stored.');
  return row.tableId;
}

async function begin(
  { state, fullSync }: TargetDatabase,
  model: TableModel,
  tableId: string,
): Promise<StageRef> {
  const epoch = await state.tables.beginEpoch(tableId, {
    fingerprint: model.fingerprint,
    rowsEstimated: model.rowsEstimated,
    requestId: 'bench',
  });
  const stage = { tableId, target: TABLE, ...epoch };
  await fullSync.createStage(model, stage);
  return stage;
}

async function copyChunks(
  source: SourceDatabase,
  target: TargetDatabase,
  model: TableModel,
  stage: StageRef,
): Promise<number> {
  const { chunks } = target.state;
  const ranges = await source.fullSync.planChunks(model, CHUNK_BYTES);
  await chunks.plan(stage.tableId, stage.epoch, ranges);
  const [wire = ''] = source.fullSync.wires(model);
  let rows = 0;
  for (;;) {
    const chunk = await chunks.claim(stage.tableId, stage.epoch, 0, HANDS);
    if (chunk === null) return rows;
    const stream = await source.fullSync.readChunk(model, chunk, wire);
    try {
      rows += (await target.fullSync.loadChunk(stage, chunk, stream)).rows;
    } finally {
      await stream.close();
    }
  }
}
