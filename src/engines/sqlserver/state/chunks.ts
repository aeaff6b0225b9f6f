import type { ChunkRow, ChunkStore } from '../../../state/store.js';
import { param } from '../param.js';
import type { StateDb } from './state-db.js';
import { onlyRow } from './state-db.js';
import { timeText, toDateOrNull } from './utc-time.js';
import { valueRows } from './value-rows.js';

/** Two workers that plan the same epoch: the second waits here and finds the plan of the first. */
const PLANNED = `
select top (1) n
  from sluice.chunk with (updlock, holdlock)
 where table_id = @table and epoch = @epoch`;

const planSql = (rows: string): string => `
insert into sluice.chunk (table_id, epoch, n, relation, range_from, range_to)
select @table, @epoch, planned.n, planned.relation, planned.range_from, planned.range_to
  from ${rows}`;

const PLAN_COLUMNS = [
  { name: 'n', type: 'int' },
  { name: 'relation', type: 'nvarchar' },
  { name: 'range_from', type: 'nvarchar' },
  { name: 'range_to', type: 'nvarchar' },
] as const;

/**
 * Own leftovers first, then what nobody has at work. Two that claim at once take turns: the rows
 * that the choice looked at stay locked to the end of the statement
 * (test/conformance/sqlserver/locks: "UPDLOCK and HOLDLOCK keep a second reader").
 */
const CLAIM = `
update c
   set state = N'running', lane = @hand, fence = c.fence + 1, started_at = sysutcdatetime()
output inserted.n, inserted.relation, inserted.range_from, inserted.range_to, inserted.fence
  from sluice.chunk c
 where c.table_id = @table and c.epoch = @epoch
   and c.n = (select top (1) o.n
                from sluice.chunk o with (updlock, holdlock)
               where o.table_id = @table and o.epoch = @epoch and o.state <> N'done'
                 and (o.state = N'pending' or o.lane = @hand or o.lane >= @hands)
               order by case when o.state = N'running' and o.lane = @hand then 0 else 1 end, o.n)`;

const PROGRESS = `
select count(*) as total,
       isnull(sum(case when state = N'done' then 1 else 0 end), 0) as done,
       isnull(sum(rows), 0) as rows,
       isnull(sum(bytes), 0) as bytes
  from sluice.chunk
 where table_id = @table and epoch = @epoch`;

const READ_UP_TO = `
update sluice.chunk
   set source_position = @position
 where table_id = @table and epoch = @epoch and source_position is null`;

const STARTED_AT = `
select ${timeText('min(started_at)', 'started_at')}
  from sluice.chunk
 where table_id = @table and epoch = @epoch`;

interface ChunkRecord extends Record<string, unknown> {
  n: number;
  relation: string;
  range_from: string | null;
  range_to: string | null;
  fence: string;
}

interface Progress extends Record<string, unknown> {
  total: number;
  done: number;
  rows: string;
  bytes: string;
}

export function chunkStore(db: StateDb): ChunkStore {
  const of = (tableId: string, epoch: string) => [
    param.bigint('table', tableId),
    param.bigint('epoch', epoch),
  ];
  return {
    async plan(tableId, epoch, chunks) {
      const rows = chunks.map((chunk, i) => [i + 1, chunk.relation, chunk.from, chunk.to]);
      await db.transaction(async (query) => {
        const planned = await query(PLANNED, of(tableId, epoch));
        if (planned.length > 0) return;
        for (const part of valueRows('planned', PLAN_COLUMNS, rows)) {
          await query(planSql(part.sql), [...of(tableId, epoch), ...part.params]);
        }
      });
    },
    async claim(tableId, epoch, hand, hands) {
      const params = [...of(tableId, epoch), param.int('hand', hand), param.int('hands', hands)];
      const [row] = await db.query<ChunkRecord>(CLAIM, params);
      return row === undefined ? null : toChunk(row);
    },
    async progress(tableId, epoch) {
      const row = onlyRow(await db.query<Progress>(PROGRESS, of(tableId, epoch)));
      return {
        total: row.total,
        done: row.done,
        rows: Number(row.rows),
        bytes: Number(row.bytes),
      };
    },
    async readUpTo(tableId, epoch, position) {
      await db.query(READ_UP_TO, [...of(tableId, epoch), param.nvarchar('position', position)]);
    },
    async startedAt(tableId, epoch) {
      const rows = await db.query<{ started_at: string | null }>(STARTED_AT, of(tableId, epoch));
      return toDateOrNull(onlyRow(rows).started_at);
    },
  };
}

function toChunk(row: ChunkRecord): ChunkRow {
  return {
    n: row.n,
    relation: row.relation,
    from: row.range_from,
    to: row.range_to,
    fence: row.fence,
  };
}
