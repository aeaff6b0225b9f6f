import type { Journal } from '../../../state/store.js';
import { param } from '../param.js';
import { answerCommand, takeCommands } from './commands.js';
import { prune } from './prune.js';
import type { StateDb } from './state-db.js';
import { onlyRow } from './state-db.js';
import { timeParam } from './utc-time.js';

const EVENT = `
insert into sluice.event (pipeline, target, table_id, level, kind, message)
values (@pipeline, @target, @table, @level, @kind, @message)`;

/** An open error of the same table and code; null is for those that belong to no table. */
const OPEN = `pipeline = @pipeline and target = @target and resolved_at is null
   and (table_id = @table or (table_id is null and @table is null))`;

export const REPEAT_ERROR = `
update sluice.error with (updlock, holdlock)
   set occurrences = occurrences + 1, last_at = sysutcdatetime(), message = @message,
       remedy = @remedy
output inserted.error_id
 where ${OPEN} and code = @code`;

export const NEW_ERROR = `
insert into sluice.error (pipeline, target, table_id, code, message, remedy)
values (@pipeline, @target, @table, @code, @message, @remedy)`;

const RESOLVE = `
update sluice.error
   set resolved_at = sysutcdatetime()
 where ${OPEN}`;

const START_RUN = `
insert into sluice.run (kind, pipeline, target, table_id, epoch, reason, state, started_at)
output inserted.run_id
values (@kind, @pipeline, @target, @table, @epoch, @reason, N'running',
        isnull(@started, sysutcdatetime()))`;

const FINISH_RUN = `
update sluice.run
   set state = @state, rows = isnull(@rows, rows), bytes = isnull(@bytes, bytes),
       to_position = isnull(@position, to_position), finished_at = sysutcdatetime()
 where run_id = @run`;

export function journal(db: StateDb): Journal {
  return {
    async event(entry) {
      await db.query(EVENT, [
        param.nvarchar('pipeline', entry.pipeline),
        param.nvarchar('target', entry.target ?? null),
        param.bigint('table', entry.tableId ?? null),
        param.nvarchar('level', entry.level),
        param.nvarchar('kind', entry.kind),
        param.nvarchar('message', entry.message),
      ]);
    },
    error: async (entry) => recordError(db, entry),
    async resolveErrors(pipeline, target, tableId) {
      await db.query(RESOLVE, ofTable(pipeline, target, tableId));
    },
    async startRun(entry) {
      const rows = await db.query<{ run_id: string }>(START_RUN, [
        ...ofTable(entry.pipeline, entry.target, entry.tableId ?? null),
        param.nvarchar('kind', entry.kind),
        param.bigint('epoch', entry.epoch ?? null),
        param.nvarchar('reason', entry.reason),
        param.datetime2('started', timeParam(entry.startedAt ?? null)),
      ]);
      return onlyRow(rows).run_id;
    },
    async finishRun(runId, result) {
      await db.query(FINISH_RUN, [
        param.bigint('run', runId),
        param.nvarchar('state', result.state),
        param.bigint('rows', result.rows ?? null),
        param.bigint('bytes', result.bytes ?? null),
        param.nvarchar('position', result.position ?? null),
      ]);
    },
    takeCommands: async (pipeline, unansweredS) => takeCommands(db, pipeline, unansweredS),
    answerCommand: async (commandId, answer) => answerCommand(db, commandId, answer),
    prune: async (keepDays, keepRows) => prune(db, keepDays, keepRows),
  };
}

async function recordError(db: StateDb, entry: Parameters<Journal['error']>[0]): Promise<void> {
  const params = [
    ...ofTable(entry.pipeline, entry.target, entry.tableId ?? null),
    param.nvarchar('code', entry.code),
    param.nvarchar('message', entry.message),
    param.nvarchar('remedy', entry.remedy ?? null),
  ];
  await db.transaction(async (query) => {
    const repeated = await query(REPEAT_ERROR, params);
    if (repeated.length === 0) await query(NEW_ERROR, params);
  });
}

function ofTable(pipeline: string, target: string, tableId: string | null) {
  return [
    param.nvarchar('pipeline', pipeline),
    param.nvarchar('target', target),
    param.bigint('table', tableId),
  ];
}
