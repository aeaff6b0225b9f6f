import { z } from 'zod';
import type { ResetMarks } from '../../contract/reset-trigger.js';
import { param } from '../param.js';
import type { StateDb } from './state-db.js';
import { valueRows } from './value-rows.js';

const BEGIN = `delete from sluice.reset_mark where table_id = @table`;

const addSql = (rows: string): string => `
insert into sluice.reset_mark (table_id, epoch, row_mark)
select @table, @epoch, mark.row_mark
  from ${rows}
 order by mark.n`;

const MARK_COLUMNS = [
  { name: 'n', type: 'int' },
  { name: 'row_mark', type: 'nvarchar' },
] as const;

const PAGE = `
select top (@limit) n, row_mark
  from sluice.reset_mark
 where table_id = @table and epoch = @epoch
 order by n`;

const removeSql = (rows: string): string => `
delete m
  from sluice.reset_mark m
  join ${rows} on gone.n = m.n
 where m.table_id = @table and m.epoch = @epoch`;

const GONE_COLUMNS = [{ name: 'n', type: 'bigint' }] as const;

const TABLES = `select distinct table_id from sluice.reset_mark`;

const rowMark = z.array(z.string());

export function resetMarks(db: StateDb): ResetMarks {
  const of = (tableId: string, epoch: string) => [
    param.bigint('table', tableId),
    param.bigint('epoch', epoch),
  ];
  return {
    async begin(tableId) {
      await db.query(BEGIN, [param.bigint('table', tableId)]);
    },
    async add(tableId, epoch, marks) {
      const rows = marks.map((mark, i) => [i, JSON.stringify(mark)]);
      await db.transaction(async (query) => {
        for (const part of valueRows('mark', MARK_COLUMNS, rows)) {
          await query(addSql(part.sql), [...of(tableId, epoch), ...part.params]);
        }
      });
    },
    async page(tableId, epoch, limit) {
      const params = [...of(tableId, epoch), param.int('limit', limit)];
      const rows = await db.query<{ n: string; row_mark: string }>(PAGE, params);
      return rows.map((row) => ({ n: row.n, mark: rowMark.parse(JSON.parse(row.row_mark)) }));
    },
    async remove(tableId, epoch, ns) {
      const rows = ns.map((n) => [n]);
      for (const part of valueRows('gone', GONE_COLUMNS, rows)) {
        await db.query(removeSql(part.sql), [...of(tableId, epoch), ...part.params]);
      }
    },
    async tables() {
      const rows = await db.query<{ table_id: string }>(TABLES);
      return rows.map((row) => row.table_id);
    },
  };
}
