import type { ChunkRow, ChunkStore } from '../../../state/store.js';
import type { StateDb } from './state-db.js';
import { onlyRow } from './state-db.js';

const PLAN = `
insert into sluice.chunk (table_id, epoch, n, relation, range_from, range_to)
select $1, $2, planned.n, planned.relation, planned.range_from, planned.range_to
  from unnest($3::text[], $4::text[], $5::text[])
         with ordinality as planned (relation, range_from, range_to, n)
 where not exists (select from sluice.chunk where table_id = $1 and epoch = $2)
on conflict (table_id, epoch, n) do nothing`;

/**
 * Own leftovers first, then what nobody has at work. A chunk whose transaction is just committing is
 * locked and skipped: the next claim sees it done. Materialized, because a join could run the
 * choice again for each row and claim more than one.
 */
const CLAIM = `
with next as materialized (
  select n
    from sluice.chunk
   where table_id = $1 and epoch = $2 and state <> 'done'
     and (state = 'pending' or lane = $3 or lane >= $4)
   order by (state = 'running' and lane = $3) desc, n
   limit 1
     for update skip locked)
update sluice.chunk c
   set state = 'running', lane = $3, fence = c.fence + 1, started_at = clock_timestamp()
  from next
 where c.table_id = $1 and c.epoch = $2 and c.n = next.n
returning c.n, c.relation, c.range_from, c.range_to, c.fence`;

const PROGRESS = `
select count(*)::integer as total,
       count(*) filter (where state = 'done')::integer as done,
       coalesce(sum(rows), 0)::bigint as rows,
       coalesce(sum(bytes), 0)::bigint as bytes
  from sluice.chunk
 where table_id = $1 and epoch = $2`;

const READ_UP_TO = `
update sluice.chunk
   set source_position = $3
 where table_id = $1 and epoch = $2 and source_position is null`;

const STARTED_AT = `
select min(started_at) as started_at
  from sluice.chunk
 where table_id = $1 and epoch = $2`;

interface Row {
  n: number;
  relation: string;
  range_from: string | null;
  range_to: string | null;
  fence: string;
}

interface Progress {
  total: number;
  done: number;
  rows: string;
  bytes: string;
}

export function chunkStore(db: StateDb): ChunkStore {
  return {
    async plan(tableId, epoch, chunks) {
      await db.rows(PLAN, [
        tableId,
        epoch,
        chunks.map((chunk) => chunk.relation),
        chunks.map((chunk) => chunk.from),
        chunks.map((chunk) => chunk.to),
      ]);
    },
    async claim(tableId, epoch, hand, hands) {
      const [row] = await db.rows<Row>(CLAIM, [tableId, epoch, hand, hands]);
      return row === undefined ? null : toChunk(row);
    },
    async progress(tableId, epoch) {
      const row = onlyRow(await db.rows<Progress>(PROGRESS, [tableId, epoch]));
      return {
        total: row.total,
        done: row.done,
        rows: Number(row.rows),
        bytes: Number(row.bytes),
      };
    },
    async readUpTo(tableId, epoch, position) {
      await db.rows(READ_UP_TO, [tableId, epoch, position]);
    },
    async startedAt(tableId, epoch) {
      const values = [tableId, epoch];
      const rows = await db.rows<{ started_at: Date | null }>(STARTED_AT, values);
      return onlyRow(rows).started_at;
    },
  };
}

function toChunk(row: Row): ChunkRow {
  return {
    n: row.n,
    relation: row.relation,
    from: row.range_from,
    to: row.range_to,
    fence: row.fence,
  };
}
