import type pg from 'pg';
import type { ChunkStream } from '../../contract/full-sync.js';
import type { TableModel } from '../../contract/schema.js';
import type { Watermark, WatermarkRange, WatermarkSource } from '../../contract/watermark.js';
import { nativeTable } from '../catalog/native.js';
import { streamRows } from '../full-sync/read-chunk.js';
import { toPgError } from '../pg-errors.js';
import type { SessionPool } from '../state/session-pool.js';
import { IN_RECOVERY, SAFE_TIME } from './running-sql.js';
import { SettledValues } from './settled-values.js';
import { readColumn } from './watermark-column.js';
import { watermarkFindings } from './watermark-findings.js';
import type { WatermarkColumn } from './watermark-sql.js';
import {
  anyInRangeSql,
  copyRangeSql,
  minusSql,
  nextValueSql,
  pageEndSql,
} from './watermark-sql.js';

/**
 * Reading tables by a column that grows. The pool stays the caller's, who closes it.
 *
 * @param subject names the source in errors
 */
export function openWatermarkSource(pool: SessionPool, subject: string): WatermarkSource {
  const settled = new SettledValues();
  const use = async <T>(
    model: TableModel,
    column: string,
    work: (client: pg.Client, of: WatermarkColumn) => Promise<T>,
  ): Promise<T> => {
    try {
      return await pool.use(async (client) =>
        work(client, await readColumn(client, model, column)),
      );
    } catch (error) {
      throw toPgError(error, subject);
    }
  };
  return {
    findings: async (model, column) =>
      use(model, column, async (client, of) => watermarkFindings(client, model, of)),
    upperBound: async (model, column, from, overlapMs) =>
      use(model, column, async (client, of) => {
        const to = await safeValue(client, of, settled, overlapMs);
        if (to === null) return null;
        const sql = anyInRangeSql(of, { column, from, to });
        return (await client.query<{ any: boolean }>(sql)).rows[0]?.any === true ? to : null;
      }),
    pageEnd: async (model, range, maxRows) =>
      use(model, range.column, async (client, of) => pageEnd(client, of, range, maxRows)),
    read: async (model, range, wire) => readRange({ pool, subject, model, range, wire }, use),
    minus: async (model, column, watermark, overlapMs) =>
      use(model, column, async (client, of) => {
        if (of.kind === 'other') return watermark;
        const values = [watermark, overlapMs];
        const { rows } = await client.query<{ value: string }>(minusSql(of.type), values);
        return rows[0]?.value ?? watermark;
      }),
  };
}

/** A standby does not show who runs on its primary, so there the clock vouches for nothing. */
async function safeValue(
  client: pg.Client,
  of: WatermarkColumn,
  settled: SettledValues,
  overlapMs: number,
): Promise<Watermark | null> {
  const { rows } = await client.query<{ standby: boolean }>(IN_RECOVERY);
  if (of.kind !== 'instant' || rows[0]?.standby === true) return settled.newest(client, of);
  const safe = await client.query<{ value: string }>(SAFE_TIME, [overlapMs]);
  return safe.rows[0]?.value ?? null;
}

async function pageEnd(
  client: pg.Client,
  of: WatermarkColumn,
  range: WatermarkRange,
  maxRows: number,
): Promise<Watermark> {
  const one = async (sql: string, values: readonly unknown[]): Promise<string | null> =>
    (await client.query<{ value: string }>(sql, [...values])).rows[0]?.value ?? null;
  const end = await one(pageEndSql(of, range), [maxRows]);
  if (end === null) return range.to;
  // So many rows have one value that they fill the page: on to the next value, or nothing moves.
  if (end === range.from) return (await one(nextValueSql(of, range, end), [])) ?? range.to;
  return end;
}

interface RangeRequest {
  readonly pool: SessionPool;
  readonly subject: string;
  readonly model: TableModel;
  readonly range: WatermarkRange;
  readonly wire: string;
}

type Use = <T>(
  model: TableModel,
  column: string,
  work: (client: pg.Client, of: WatermarkColumn) => Promise<T>,
) => Promise<T>;

/** A rewritten table is no matter here: every row is found by its value. */
async function readRange(request: RangeRequest, use: Use): Promise<ChunkStream> {
  const { pool, subject, model, range, wire } = request;
  const of = await use(model, range.column, (_, column) => Promise.resolve(column));
  const { root } = nativeTable(model);
  const relation = { ...root, wholeTree: root.kind === 'partitioned', reads: [] };
  return streamRows({ pool, subject, model, relation, wire }, (select) =>
    copyRangeSql(of, select, range, wire),
  );
}
