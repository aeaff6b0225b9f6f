import type { TableRow, TableStore } from '../../../state/store.js';
import type { Param } from '../param.js';
import { param } from '../param.js';
import type { StateDb } from './state-db.js';
import type { TableRecord } from './table-row.js';
import { TABLE_COLUMNS, TABLES, toTable } from './table-row.js';
import { needingAttention } from './table-wanted.js';

const PAGE_LIMIT = 200;

const GET = `select ${TABLE_COLUMNS} ${TABLES} where t.table_id = @table`;

const FIND = `
select ${TABLE_COLUMNS} ${TABLES}
 where t.pipeline = @pipeline and t.target = @target and t.slug = @slug`;

const PAGE = `
select top (@limit) ${TABLE_COLUMNS} ${TABLES}
 where t.pipeline = @pipeline and t.target = @target and t.slug > @after
 order by t.slug`;

const LIST = `
select ${TABLE_COLUMNS} ${TABLES} where t.pipeline = @pipeline order by t.target, t.slug`;

const PLACES_OF_OTHERS = `
select t.pipeline, t.target_schema, t.target_table
  from sluice.table_state t
 where t.wanted <> N'detach' and (t.pipeline <> @pipeline or t.target <> @target)
 order by t.pipeline, t.target_schema, t.target_table`;

type TableReads = Pick<
  TableStore,
  'get' | 'find' | 'page' | 'list' | 'placesOfOthers' | 'needingAttention'
>;

interface PlaceRecord extends Record<string, unknown> {
  readonly pipeline: string;
  readonly target_schema: string;
  readonly target_table: string;
}

export function tableReads(db: StateDb): TableReads {
  const one = async (sql: string, params: readonly Param[]): Promise<TableRow | null> => {
    const [row] = await db.query<TableRecord>(sql, params);
    return row === undefined ? null : toTable(row);
  };
  const many = async (sql: string, params: readonly Param[]): Promise<TableRow[]> =>
    (await db.query<TableRecord>(sql, params)).map(toTable);
  const inTarget = (pipeline: string, target: string) => [
    param.nvarchar('pipeline', pipeline),
    param.nvarchar('target', target),
  ];
  return {
    get: async (tableId) => one(GET, [param.bigint('table', tableId)]),
    find: async (pipeline, target, slug) =>
      one(FIND, [...inTarget(pipeline, target), param.nvarchar('slug', slug)]),
    page: async (pipeline, target, after, limit) =>
      many(PAGE, [
        ...inTarget(pipeline, target),
        param.nvarchar('after', after),
        param.int('limit', Math.min(limit, PAGE_LIMIT)),
      ]),
    list: async (pipeline) => many(LIST, [param.nvarchar('pipeline', pipeline)]),
    placesOfOthers: async (pipeline, target) =>
      (await db.query<PlaceRecord>(PLACES_OF_OTHERS, inTarget(pipeline, target))).map((row) => ({
        pipeline: row.pipeline,
        table: { schema: row.target_schema, table: row.target_table },
      })),
    needingAttention: async (pipeline) => needingAttention(db, pipeline),
  };
}
