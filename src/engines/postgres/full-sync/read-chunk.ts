import { pipeline } from 'node:stream';
import type pg from 'pg';
import { SluiceError } from '../../../core/errors.js';
import { displayName } from '../../../core/names.js';
import { NEUTRAL_WIRE } from '../../../core/neutral-wire.js';
import { FromCopyBinary } from '../neutral/from-copy-binary.js';
import type { ChunkRange, ChunkStream } from '../../contract/full-sync.js';
import type { TableModel } from '../../contract/schema.js';
import type { PgRelation } from '../catalog/model.js';
import { nativeTable } from '../catalog/native.js';
import { toPosition } from '../feed/position.js';
import { sqlStateOf, toPgError } from '../pg-errors.js';
import type { SessionPool } from '../state/session-pool.js';
import { beginChunkSql, CHUNK_FACTS, copyOutSql, NUDGE_LOG } from './copy-sql.js';
import { CopyOut } from './copy-out.js';
import { relationName } from './plan-chunks.js';
import { copiedColumns, neutralTypes, selectList } from './wire.js';

/** Read ahead of the target: some socket reads of 64 KiB; more does not make it faster. */
const READ_AHEAD_BYTES = 512 * 1024;

interface Facts {
  position: string;
  file_nodes: Record<string, string>;
}

/**
 * Copy one chunk out under a snapshot of its own. The session is free again when the stream was
 * read to its end and closed; closing earlier ends the session.
 *
 * @throws SluiceError FEED_CHANGED when the table was rewritten or re-created since the model
 */
export async function readChunk(
  pool: SessionPool,
  subject: string,
  model: TableModel,
  range: ChunkRange,
  wire: string,
): Promise<ChunkStream> {
  const relation = relationOf(model, range);
  return streamRows({ pool, subject, model, relation, wire }, (select) =>
    copyOutSql(relation, select, range, wire),
  );
}

export interface RowsRequest {
  readonly pool: SessionPool;
  readonly subject: string;
  readonly model: TableModel;
  readonly relation: ChunkRelation;
  readonly wire: string;
}

/** Rows of one relation under a snapshot of its own; `copySql` says which, given what to select. */
export async function streamRows(
  request: RowsRequest,
  copySql: (select: string) => string,
): Promise<ChunkStream> {
  const { pool, subject, model, relation, wire } = request;
  const columns = copiedColumns(model).map((column) => column.name);
  const { client, release } = await pool.take().catch((error: unknown) => {
    throw toPgError(error, subject);
  });
  try {
    const facts = await beginChunk(client, relation, subject);
    assertSameFiles(model, relation, facts);
    const bytes = new CopyOut(copySql(selectList(model, wire)), READ_AHEAD_BYTES);
    // Whoever reads the stream gets the error; without a reader it must not end the process.
    bytes.on('error', () => undefined);
    client.query(bytes);
    return {
      wire,
      columns,
      ...(wire === NEUTRAL_WIRE ? { types: neutralTypes(model) } : {}),
      bytes: wire === NEUTRAL_WIRE ? asNeutral(bytes) : bytes,
      position: toPosition(facts.position),
      close: onceOnly(async () => closeChunk(client, bytes, release)),
    };
  } catch (error) {
    await release(true);
    throw changedOr(error, model, subject);
  }
}

function asNeutral(bytes: CopyOut): FromCopyBinary {
  const rows = new FromCopyBinary({ highWaterMark: READ_AHEAD_BYTES });
  rows.on('error', () => undefined);
  pipeline(bytes, rows, () => undefined);
  return rows;
}

export interface ChunkRelation extends PgRelation {
  readonly wholeTree: boolean;
  /** Relations that must not have been rewritten since the model was read. */
  readonly reads: readonly PgRelation[];
}

function relationOf(model: TableModel, range: ChunkRange): ChunkRelation {
  const { root, leaves } = nativeTable(model);
  if (model.key === null) return { ...root, wholeTree: root.kind === 'partitioned', reads: leaves };
  const leaf = leaves.find((one) => relationName(one) === range.relation);
  if (leaf === undefined) throw changed(model);
  return { ...leaf, wholeTree: false, reads: [leaf] };
}

async function beginChunk(
  client: pg.Client,
  relation: ChunkRelation,
  subject: string,
): Promise<Facts> {
  await client.query(beginChunkSql(relation));
  const oids = relation.reads.map((leaf) => leaf.oid);
  const { rows } = await client.query<Facts>(CHUNK_FACTS, [oids]);
  const facts = rows[0];
  if (facts === undefined) throw toPgError(new Error('no facts'), subject);
  return facts;
}

function assertSameFiles(model: TableModel, relation: ChunkRelation, facts: Facts): void {
  const same = relation.reads.every((leaf) => facts.file_nodes[leaf.oid] === leaf.fileNode);
  if (!same) throw changed(model);
}

/** A name that is gone is a table that changed. */
function changedOr(error: unknown, model: TableModel, subject: string): SluiceError {
  const state = sqlStateOf(error);
  const gone = state === '42P01' || state === '42703' || state === '3F000';
  return gone ? changed(model) : toPgError(error, subject);
}

function changed(model: TableModel): SluiceError {
  return new SluiceError(
    'FEED_CHANGED',
    `The source table ${displayName(model.name)} was rewritten or made anew while it was copied.`,
    { remedy: 'Nothing to do: its copy begins again.' },
  );
}

async function closeChunk(
  client: pg.Client,
  bytes: CopyOut,
  release: (broken: boolean) => Promise<void>,
): Promise<void> {
  const whole = bytes.readableEnded;
  bytes.destroy();
  if (!whole) return release(true);
  try {
    await client.query('commit');
    await client.query(NUDGE_LOG);
  } catch {
    return release(true);
  }
  return release(false);
}

function onceOnly(body: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return async () => (running ??= body());
}
