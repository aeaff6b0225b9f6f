import { z } from 'zod';
import type { ResetMarks } from '../../contract/reset-trigger.js';
import type { StateDb } from './state-db.js';

const BEGIN = `delete from sluice.reset_mark where table_id = $1`;

const ADD = `
insert into sluice.reset_mark (table_id, epoch, row_mark)
select $1, $2, mark
  from jsonb_array_elements($3::jsonb) as mark`;

const PAGE = `
select n, row_mark
  from sluice.reset_mark
 where table_id = $1 and epoch = $2
 order by n
 limit $3`;

const REMOVE = `
delete from sluice.reset_mark where table_id = $1 and epoch = $2 and n = any ($3::bigint[])`;

const TABLES = `select distinct table_id from sluice.reset_mark`;

const rowMark = z.array(z.string());

export function resetMarks(db: StateDb): ResetMarks {
  return {
    async begin(tableId) {
      await db.rows(BEGIN, [tableId]);
    },
    async add(tableId, epoch, marks) {
      await db.rows(ADD, [tableId, epoch, JSON.stringify(marks)]);
    },
    async page(tableId, epoch, limit) {
      const rows = await db.rows<{ n: string; row_mark: unknown }>(PAGE, [tableId, epoch, limit]);
      return rows.map((row) => ({ n: row.n, mark: rowMark.parse(row.row_mark) }));
    },
    async remove(tableId, epoch, ns) {
      await db.rows(REMOVE, [tableId, epoch, [...ns]]);
    },
    async tables() {
      const rows = await db.rows<{ table_id: string }>(TABLES);
      return rows.map((row) => row.table_id);
    },
  };
}
