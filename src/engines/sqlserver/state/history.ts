import type { ErrorRow, EventRow, HistoryStore } from '../../../state/history.js';
import type { TableName } from '../../../core/names.js';
import { param } from '../param.js';
import { forget } from './forget.js';
import { stateVersion } from './migrate.js';
import { outcomes } from './outcomes.js';
import type { StateDb } from './state-db.js';
import { timeText, toDate, toDateOrNull } from './utc-time.js';

const ERRORS = `
select top (@limit) e.error_id, e.pipeline, e.target, t.source_schema, t.source_table, e.code,
       e.message, e.remedy, e.occurrences, ${timeText('e.at', 'first_at')},
       ${timeText('e.last_at', 'last_at')}, ${timeText('e.resolved_at', 'resolved_at')}
  from sluice.error e
  left join sluice.table_state t on t.table_id = e.table_id
 where e.pipeline = @pipeline and (@open = 0 or e.resolved_at is null)
 order by e.last_at desc, e.error_id desc`;

const EVENTS = `
select top (@limit) e.event_id, ${timeText('e.at', 'at')}, e.pipeline, e.target, t.source_schema,
       t.source_table, e.level, e.kind, e.message
  from sluice.event e
  left join sluice.table_state t on t.table_id = e.table_id
 where e.pipeline = @pipeline and e.event_id > @after
 order by e.event_id desc`;

const LAST_CHECKPOINT = `
select top (1) ${timeText('finished_at', 'finished_at')}, transactions
  from sluice.run
 where kind = N'batch' and lane_id = @lane
 order by run_id desc`;

const DIFFERENCES = `
select top (@limit) t.source_schema, t.source_table, r.row_key, r.difference, r.repaired
  from (select table_id, max(verification_id) as verification_id
          from sluice.verification
         where pipeline = @pipeline and finished_at is not null
         group by table_id) v
  join sluice.verification_row r on r.verification_id = v.verification_id
  join sluice.table_state t on t.table_id = v.table_id
 order by t.source_schema, t.source_table, r.n`;

interface Named extends Record<string, unknown> {
  source_schema: string | null;
  source_table: string | null;
}

interface ErrorRecord extends Named {
  error_id: string;
  pipeline: string;
  target: string;
  code: string;
  message: string;
  remedy: string | null;
  occurrences: string;
  first_at: string;
  last_at: string;
  resolved_at: string | null;
}

interface EventRecord extends Named {
  event_id: string;
  at: string;
  pipeline: string;
  target: string | null;
  level: 'debug' | 'info' | 'warning' | 'error';
  kind: string;
  message: string;
}

interface CheckpointRecord extends Record<string, unknown> {
  finished_at: string;
  transactions: string | null;
}

interface DifferenceRecord extends Record<string, unknown> {
  source_schema: string;
  source_table: string;
  row_key: string;
  difference: string;
  repaired: boolean;
}

export function historyStore(db: StateDb): HistoryStore {
  return {
    version: async () => stateVersion(db.query),
    async errors({ pipeline, open, limit }) {
      const rows = await db.query<ErrorRecord>(ERRORS, [
        param.nvarchar('pipeline', pipeline),
        param.bit('open', open),
        param.int('limit', limit),
      ]);
      return rows.map(toError);
    },
    async events({ pipeline, after, limit }) {
      const rows = await db.query<EventRecord>(EVENTS, [
        param.nvarchar('pipeline', pipeline),
        param.bigint('after', after),
        param.int('limit', limit),
      ]);
      return rows.map(toEvent).reverse();
    },
    async lastCheckpoint(laneId) {
      const params = [param.bigint('lane', laneId)];
      const [row] = await db.query<CheckpointRecord>(LAST_CHECKPOINT, params);
      if (row === undefined) return null;
      return { at: toDate(row.finished_at), transactions: Number(row.transactions ?? 0) };
    },
    async differences(pipeline, limit) {
      const params = [param.nvarchar('pipeline', pipeline), param.int('limit', limit)];
      return (await db.query<DifferenceRecord>(DIFFERENCES, params)).map((row) => ({
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

function toError(row: ErrorRecord): ErrorRow {
  return {
    errorId: row.error_id,
    pipeline: row.pipeline,
    target: row.target,
    table: nameOf(row),
    code: row.code,
    message: row.message,
    remedy: row.remedy,
    occurrences: Number(row.occurrences),
    firstAt: toDate(row.first_at),
    lastAt: toDate(row.last_at),
    resolvedAt: toDateOrNull(row.resolved_at),
  };
}

function toEvent(row: EventRecord): EventRow {
  return {
    eventId: row.event_id,
    at: toDate(row.at),
    pipeline: row.pipeline,
    target: row.target,
    table: nameOf(row),
    level: row.level,
    kind: row.kind,
    message: row.message,
  };
}
