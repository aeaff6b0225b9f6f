import type { CommandRow } from '../../../state/store.js';
import type { StateDb } from './state-db.js';

/** Commands and reset requests have ids of their own; a letter before the id says which. */
const COMMAND = 'c';
const RESET = 'r';

/** A row for every pipeline (null) is taken by the first that looks; its answer says so. */
const TAKE_COMMANDS = `
update sluice.command
   set taken_at = clock_timestamp()
 where command_id in (select command_id
                        from sluice.command
                       where taken_at is null and answered_at is null
                         and (pipeline is null or pipeline = $1)
                       order by command_id
                       limit 200
                         for update skip locked)
returning command_id as id, command, pipeline, table_name, reason, requested_by`;

const TAKE_RESETS = `
update sluice.reset_request
   set taken_at = clock_timestamp()
 where request_id in (select request_id
                        from sluice.reset_request
                       where taken_at is null and answered_at is null
                         and (pipeline is null or pipeline = $1)
                       order by request_id
                       limit 200
                         for update skip locked)
returning request_id as id, 'resync' as command, pipeline, table_name,
          'reset request' as reason, requested_by`;

const ANSWER_COMMAND = `
update sluice.command
   set answered_at = clock_timestamp(), answer = $2
 where command_id = $1`;

const ANSWER_RESET = `
update sluice.reset_request
   set answered_at = clock_timestamp(), answer = $2
 where request_id = $1`;

interface Row {
  id: string;
  command: string;
  pipeline: string | null;
  table_name: string;
  reason: string | null;
  requested_by: string;
}

export async function takeCommands(db: StateDb, pipeline: string): Promise<CommandRow[]> {
  return db.transaction(async (session) => {
    const commands = await session.rows<Row>(TAKE_COMMANDS, [pipeline]);
    const resets = await session.rows<Row>(TAKE_RESETS, [pipeline]);
    return [...inOrder(commands, COMMAND), ...inOrder(resets, RESET)];
  });
}

export async function answerCommand(db: StateDb, commandId: string, answer: string): Promise<void> {
  const statement = commandId.startsWith(RESET) ? ANSWER_RESET : ANSWER_COMMAND;
  await db.rows(statement, [commandId.slice(1), answer]);
}

/** RETURNING promises no order, and a pause before a resume must stay before it. */
function inOrder(rows: readonly Row[], prefix: string): CommandRow[] {
  const sorted = [...rows].sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1));
  return sorted.map((row) => ({
    commandId: `${prefix}${row.id}`,
    command: row.command,
    pipeline: row.pipeline,
    tableName: row.table_name,
    reason: row.reason,
    requestedBy: row.requested_by,
  }));
}
