import { z } from 'zod';
import type { TableModel } from '../../contract/schema.js';
import type { Watermark, WatermarkRange, WatermarkSource } from '../../contract/watermark.js';
import { streamRows } from '../full-sync/read-chunk.js';
import { assertPrimary } from '../primary.js';
import type { Query, SessionPool } from '../sql-session.js';
import { param } from '../sql-session.js';
import { SettledValues } from './settled-values.js';
import {
  anyInRangeSql,
  minusTimeSql,
  nextValueSql,
  pageEndSql,
  rangeCondition,
} from './sql/range-sql.js';
import { READ_OPEN_ROWVERSION } from './sql/running-sql.js';
import type { WatermarkColumn } from './watermark-column.js';
import { plainWatermark, watermarkColumn } from './watermark-column.js';
import { watermarkFindings } from './watermark-findings.js';

const FOUND_ROW = z.object({ found: z.number() });
const VERSION_ROW = z.object({ version: z.instanceof(Buffer) });
/** Values of an identity are handed out before the commit, and some in advance. */
const NUMBER_OVERLAP = 10_000n;
const DAY_MS = 86_400_000;
const ROWVERSION_DIGITS = 16;

/**
 * Reading tables by a column that grows, each time from the server that takes the writes. The pool
 * stays the caller's, who closes it.
 */
export function openWatermarkSource(pool: SessionPool): WatermarkSource {
  const settled = new SettledValues();
  const use = <T>(
    model: TableModel,
    column: string,
    work: (query: Query, of: WatermarkColumn) => Promise<T>,
  ): Promise<T> => {
    const of = watermarkColumn(model, column);
    return pool.use((session) => work(session.query, of));
  };
  const useCurrent: typeof use = (model, column, work) =>
    use(model, column, async (query, of) => {
      await assertPrimary(query);
      return work(query, of);
    });
  return {
    findings: async (model, column) =>
      use(model, column, (query, of) => watermarkFindings(query, model, of)),
    upperBound: async (model, column, from) =>
      useCurrent(model, column, async (query, of) => {
        const to =
          of.kind === 'rowversion'
            ? await closedRowversion(query)
            : await settled.newest(query, of);
        if (to === null) return null;
        const { sql, params } = rangeCondition(of, { column, from, to });
        const [row] = await query(anyInRangeSql(of, sql), params);
        return FOUND_ROW.parse(row).found === 1 ? to : null;
      }),
    pageEnd: async (model, range, maxRows) =>
      useCurrent(model, range.column, (query, of) => pageEnd(query, of, range, maxRows)),
    read: async (model, range, wire) => {
      const of = watermarkColumn(model, range.column);
      const { relation } = of;
      const rows = { pool, model, relation, wire, keptFrom: 'now' } as const;
      return streamRows(rows, rangeCondition(of, range));
    },
    minus: async (model, column, watermark, overlapMs) =>
      use(model, column, (query, of) => minus(query, of, watermark, overlapMs)),
  };
}

/** The last value below which nobody can write any more. */
async function closedRowversion(query: Query): Promise<Watermark | null> {
  const [row] = await query(READ_OPEN_ROWVERSION);
  const { version } = VERSION_ROW.parse(row);
  const open = BigInt(`0x${version.toString('hex')}`);
  return open === 0n ? null : (open - 1n).toString(16).padStart(ROWVERSION_DIGITS, '0');
}

async function pageEnd(
  query: Query,
  of: WatermarkColumn,
  range: WatermarkRange,
  maxRows: number,
): Promise<Watermark> {
  const { sql, params } = rangeCondition(of, range);
  const end = await readOne(query, of, pageEndSql(of, sql), [...params, param.int('n', maxRows)]);
  if (end === null) return range.to;
  // So many rows have one value that they fill the page: on to the next value, or nothing moves.
  if (range.from === null || end !== plainWatermark(range.from)) return end;
  const next = await readOne(query, of, nextValueSql(of), params);
  return next ?? range.to;
}

async function minus(
  query: Query,
  of: WatermarkColumn,
  watermark: Watermark,
  overlapMs: number,
): Promise<Watermark> {
  const plain = plainWatermark(watermark);
  if (of.kind === 'number') return (BigInt(plain) - NUMBER_OVERLAP).toString();
  if (of.kind !== 'time') return plain;
  const params = [
    param.nvarchar('w', plain),
    param.int('days', Math.ceil(overlapMs / DAY_MS)),
    param.int('seconds', Math.floor(overlapMs / 1_000)),
    param.int('ms', overlapMs % 1_000),
  ];
  return (await readOne(query, of, minusTimeSql(of), params)) ?? plain;
}

async function readOne(
  query: Query,
  of: WatermarkColumn,
  sql: string,
  params: Parameters<Query>[1],
): Promise<Watermark | null> {
  const [row] = await query(sql, params);
  return row === undefined ? null : of.text(row.value);
}
