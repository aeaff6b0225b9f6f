import type { HistoryStore } from '../../../state/history.js';
import type { TableName } from '../../../core/names.js';
import type { StateDb } from './state-db.js';
import { forget } from './forget.js';
import { outcomes } from './outcomes.js';

const HAS_VERSION = `select to_regclass('sluice.migration') is not null as there`;
const VERSION = `select coalesce(max(version), 0) as version from sluice.migration`;

const ERRORS = `
select e.error_id, e.pipeline, e.target, t.source_schema, t.source_table, e.code, e.message,
       e.remedy, e.occurrences, e.at, e.last_at, e.resolved_at
  from sluice.error e
  left join sluice.table_state t using (table_id)
 where e.pipeline = $1 and (not $2 or e.resolved_at is null)
 order by e.last_at desc
 limit $3`;

const EVENTS = `
select * from (
  select e.event_id, e.at, e.pipeline, e.target, t.source_schema, t.source_table, e.level, e.kind,
         e.message
    from sluice.event e
    left join sluice.table_state t using (table_id)
   where e.pipeline = $1 and e.event_id > $2
   order by e.event_id desc
   limit $3) newest
 order by event_id`;

const LAST_CHECKPOINT = `
select finished_at, transactions
  from sluice.run
 where kind = 'batch' and lane_id = $1
 order by run_id desc
 limit 1`;

const DIFFERENCES = `
select t.source_schema, t.source_table, r.row_key, r.difference, r.repaired
  from (select distinct on (table_id) table_id, verification_id
          from sluice.verification
         where pipeline = $1 and finished_at is not null
         order by table_id, verification_id desc) v
  join sluice.verification_row r using (verification_id)
  join sluice.table_state t using (table_id)
 order by t.source_schema, t.source_table, r.n
 limit $2`;

interface Named {
  source_schema: string | null;
  source_table: string | null;
}

type ErrorRecord = Named & {
  error_id: string;
  pipeline: string;
  target: string;
  code: string;
  message: string;
  remedy: string | null;
  occurrences: string;
  at: Date;
  last_at: Date;
  resolved_at: Date | null;
};

type EventRecord = Named & {
  event_id: string;
  at: Date;
  pipeline: string;
  target: string | null;
  level: 'debug' | 'info' | 'warning' | 'error';
  kind: string;
  message: string;
};

interface CheckpointRecord {
  finished_at: Date;
  transactions: string | null;
}

interface DifferenceRecord {
  source_schema: string;
  source_table: string;
  row_key: string;
  difference: string;
  repaired: boolean;
}

export function historyStore(db: StateDb): HistoryStore {
  return {
    async version() {
      const [found] = await db.rows<{ there: boolean }>(HAS_VERSION);
      if (found?.there !== true) return 0;
      const [row] = await db.rows<{ version: number }>(VERSION);
      return Number(row?.version ?? 0);
    },
    async errors({ pipeline, open, limit }) {
      return (await db.rows<ErrorRecord>(ERRORS, [pipeline, open, limit])).map(toError);
    },
    async events({ pipeline, after, limit }) {
      return (await db.rows<EventRecord>(EVENTS, [pipeline, after, limit])).map(toEvent);
    },
    async lastCheckpoint(laneId) {
      const [row] = await db.rows<CheckpointRecord>(LAST_CHECKPOINT, [laneId]);
      if (row === undefined) return null;
      return { at: row.finished_at, transactions: Number(row.transactions ?? 0) };
    },
    async differences(pipeline, limit) {
      const rows = await db.rows<DifferenceRecord>(DIFFERENCES, [pipeline, limit]);
      return rows.map((row) => ({
        table: { schema: row.source_schema, table: row.source_table },
        key: row.row_key,
        difference: row.difference,
        repaired: row.repaired,
      }));
    },
    ...outcomes(db),
    forget: async (pipeline, target) => forget(db, pipeline, target),
  };
}

function nameOf(row: Named): TableName | null {
  if (row.source_schema === null || row.source_table === null) return null;
  return { schema: row.source_schema, table: row.source_table };
}

function toError(row: ErrorRecord): Awaited<ReturnType<HistoryStore['errors']>>[number] {
  return {
    errorId: row.error_id,
    pipeline: row.pipeline,
    target: row.target,
    table: nameOf(row),
    code: row.code,
    message: row.message,
    remedy: row.remedy,
    occurrences: Number(row.occurrences),
    firstAt: row.at,
    lastAt: row.last_at,
    resolvedAt: row.resolved_at,
  };
}

function toEvent(row: EventRecord): Awaited<ReturnType<HistoryStore['events']>>[number] {
  return {
    eventId: row.event_id,
    at: row.at,
    pipeline: row.pipeline,
    target: row.target,
    table: nameOf(row),
    level: row.level,
    kind: row.kind,
    message: row.message,
  };
}
