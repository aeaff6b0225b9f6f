import type { Journal } from '../../../state/store.js';
import { answerCommand, takeCommands } from './commands.js';
import { prune } from './prune.js';
import type { StateDb } from './state-db.js';
import { onlyRow } from './state-db.js';

const EVENT = `
insert into sluice.event (pipeline, target, table_id, level, kind, message)
values ($1, $2, $3, $4, $5, $6)`;

const ERROR = `
insert into sluice.error (pipeline, target, table_id, code, message, remedy)
values ($1, $2, $3, $4, $5, $6)
on conflict (pipeline, target, (coalesce(table_id, 0)), code) where resolved_at is null
do update set occurrences = error.occurrences + 1, last_at = clock_timestamp(),
              message = excluded.message, remedy = excluded.remedy`;

/** Null resolves the errors that belong to no table. */
const RESOLVE = `
update sluice.error
   set resolved_at = clock_timestamp()
 where pipeline = $1 and target = $2 and table_id is not distinct from $3::bigint
   and resolved_at is null`;

const START_RUN = `
insert into sluice.run (kind, pipeline, target, table_id, epoch, reason, state, started_at)
values ($1, $2, $3, $4, $5, $6, 'running', coalesce($7::timestamptz, now()))
returning run_id`;

const FINISH_RUN = `
update sluice.run
   set state = $2, rows = coalesce($3, rows), bytes = coalesce($4, bytes),
       to_position = coalesce($5, to_position), finished_at = clock_timestamp()
 where run_id = $1`;

export function journal(db: StateDb): Journal {
  return {
    async event(entry) {
      const { pipeline, target, tableId, level, kind, message } = entry;
      await db.rows(EVENT, [pipeline, target ?? null, tableId ?? null, level, kind, message]);
    },
    async error(entry) {
      const { pipeline, target, tableId, code, message, remedy } = entry;
      await db.rows(ERROR, [pipeline, target, tableId ?? null, code, message, remedy ?? null]);
    },
    async resolveErrors(pipeline, target, tableId) {
      await db.rows(RESOLVE, [pipeline, target, tableId]);
    },
    async startRun(entry) {
      const { kind, pipeline, target, tableId, epoch, reason, startedAt } = entry;
      const of = [kind, pipeline, target, tableId ?? null, epoch ?? null, reason];
      const values = [...of, startedAt ?? null];
      return onlyRow(await db.rows<{ run_id: string }>(START_RUN, values)).run_id;
    },
    async finishRun(runId, result) {
      const { state, rows, bytes, position } = result;
      await db.rows(FINISH_RUN, [runId, state, rows ?? null, bytes ?? null, position ?? null]);
    },
    takeCommands: async (pipeline, unansweredS) => takeCommands(db, pipeline, unansweredS),
    answerCommand: async (commandId, answer) => answerCommand(db, commandId, answer),
    prune: async (keepDays, keepRows) => prune(db, keepDays, keepRows),
  };
}
