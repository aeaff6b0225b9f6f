import type { CommandRow } from '../../../state/store.js';
import { FORCED } from '../../contract/forced-load.js';
import { takeForcedLoads } from './forced-loads.js';
import type { StateDb } from './state-db.js';

/** Commands and reset requests have ids of their own; a letter before the id says which. */
const COMMAND = 'c';
const RESET = 'r';

/**
 * What is meant for every pipeline (null) becomes a row for each of the others; the row itself is
 * answered by the pipeline that looked first.
 */
function spreadSql(table: string, id: string, copied: readonly string[]): string {
  const columns = copied.join(', ');
  return `
with general as materialized (
  select ${id}
    from sluice.${table}
   where pipeline is null and taken_at is null and answered_at is null
     for update skip locked
), mine as (
  update sluice.${table} asked
     set pipeline = $1
    from general
   where asked.${id} = general.${id}
  returning ${copied.map((column) => `asked.${column}`).join(', ')}
)
insert into sluice.${table} (pipeline, ${columns})
select others.pipeline, ${copied.map((column) => `mine.${column}`).join(', ')}
  from mine
 cross join (select distinct pipeline from sluice.pipeline where pipeline <> $1) others`;
}

const SPREAD = [
  spreadSql('command', 'command_id', [
    'command',
    'table_name',
    'reason',
    'requested_by',
    'requested_at',
  ]),
  spreadSql('reset_request', 'request_id', ['table_name', 'requested_by', 'requested_at']),
];

/** Nobody would ever take what is meant for a pipeline that this target does not know. */
const ANSWER_STRANGERS = ['command', 'reset_request'].map(
  (table) => `
update sluice.${table} asked
   set answered_at = clock_timestamp(), answer = 'this target has no such pipeline'
 where taken_at is null and answered_at is null and pipeline is not null
   and not exists (select from sluice.pipeline known where known.pipeline = asked.pipeline)`,
);

const TAKE_COMMANDS = `
with next as materialized (
  select command_id
    from sluice.command
   where answered_at is null and pipeline = $1
     and (taken_at is null or taken_at < clock_timestamp() - $2 * interval '1 s')
   order by command_id
   limit 200
     for update skip locked)
update sluice.command c
   set taken_at = clock_timestamp()
  from next
 where c.command_id = next.command_id
returning c.command_id as id, c.command, c.pipeline, c.table_name, c.reason, c.requested_by`;

const TAKE_RESETS = `
with next as materialized (
  select request_id
    from sluice.reset_request
   where answered_at is null and pipeline = $1
     and (taken_at is null or taken_at < clock_timestamp() - $2 * interval '1 s')
   order by request_id
   limit 200
     for update skip locked)
update sluice.reset_request r
   set taken_at = clock_timestamp()
  from next
 where r.request_id = next.request_id
returning r.request_id as id, 'resync' as command, r.pipeline, r.table_name,
          'reset request' as reason, r.requested_by`;

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

export async function takeCommands(
  db: StateDb,
  pipeline: string,
  unansweredS: number,
): Promise<CommandRow[]> {
  return db.transaction(async (session) => {
    for (const statement of ANSWER_STRANGERS) await session.rows(statement);
    for (const statement of SPREAD) await session.rows(statement, [pipeline]);
    const commands = await session.rows<Row>(TAKE_COMMANDS, [pipeline, unansweredS]);
    const resets = await session.rows<Row>(TAKE_RESETS, [pipeline, unansweredS]);
    const forced = await takeForcedLoads(session, pipeline);
    return [...inOrder(commands, COMMAND), ...inOrder(resets, RESET), ...forced];
  });
}

export async function answerCommand(db: StateDb, commandId: string, answer: string): Promise<void> {
  if (commandId.startsWith(FORCED)) return;
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
