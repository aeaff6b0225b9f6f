import type { CommandRow } from '../../../state/store.js';
import { param } from '../param.js';
import type { Query } from '../sql-session.js';
import { FORCED } from '../../contract/forced-load.js';
import { takeForcedLoads } from './forced-loads.js';
import type { StateDb } from './state-db.js';

/**
 * Where a DBA asks for something. Both tables have ids of their own; a letter before the id says
 * which one it is of.
 */
interface Desk {
  readonly letter: string;
  readonly table: string;
  readonly id: string;
  readonly asked: string;
  readonly copied: string;
}

const COMMANDS: Desk = {
  letter: 'c',
  table: 'sluice.command',
  id: 'command_id',
  asked: 'a.command, a.reason',
  copied: 'command, reason, table_name, requested_by, requested_at',
};

const RESETS: Desk = {
  letter: 'r',
  table: 'sluice.reset_request',
  id: 'request_id',
  asked: `N'resync' as command, N'reset request' as reason`,
  copied: 'table_name, requested_by, requested_at',
};

/**
 * Whoever else looks meanwhile skips what is locked and finds it answered or taken later
 * (test/conformance/sqlserver/locks: "READPAST passes over rows that another has locked").
 */
const SKIPPED = 'with (updlock, readpast, rowlock)';

/** Nobody would ever take what is meant for a pipeline that this target does not know. */
const answerStrangers = ({ table }: Desk): string => `
update a
   set answered_at = sysutcdatetime(), answer = N'this target has no such pipeline'
  from ${table} a
 where a.taken_at is null and a.answered_at is null and a.pipeline is not null
   and not exists (select 1 from sluice.pipeline known where known.pipeline = a.pipeline)`;

const meantForAll = ({ table, id }: Desk): string => `
select a.${id} as id
  from ${table} a ${SKIPPED}
 where a.pipeline is null and a.taken_at is null and a.answered_at is null
 order by a.${id}`;

const copyForOthers = ({ table, id, copied }: Desk): string => `
insert into ${table} (pipeline, ${copied})
select other.pipeline, ${copied
  .split(', ')
  .map((column) => `a.${column}`)
  .join(', ')}
  from ${table} a
 cross join (select distinct pipeline from sluice.pipeline where pipeline <> @pipeline) other
 where a.${id} = @id`;

const keepOne = ({ table, id }: Desk): string =>
  `update ${table} set pipeline = @pipeline where ${id} = @id`;

const unanswered = ({ table, id, asked }: Desk): string => `
select top (200) a.${id} as id, ${asked}, a.pipeline, a.table_name, a.requested_by
  from ${table} a ${SKIPPED}
 where a.answered_at is null and a.pipeline = @pipeline
   and (a.taken_at is null or a.taken_at < dateadd(second, @ago, sysutcdatetime()))
 order by a.${id}`;

const takeOne = ({ table, id }: Desk): string =>
  `update ${table} set taken_at = sysutcdatetime() where ${id} = @id`;

const answerOne = ({ table, id }: Desk): string =>
  `update ${table} set answered_at = sysutcdatetime(), answer = @answer where ${id} = @id`;

interface Asked extends Record<string, unknown> {
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
  return db.transaction(async (query) => {
    const taken: CommandRow[] = [];
    for (const desk of [COMMANDS, RESETS]) {
      await query(answerStrangers(desk));
      await spread(query, desk, pipeline);
      taken.push(...(await take(query, desk, pipeline, unansweredS)));
    }
    return [...taken, ...(await takeForcedLoads(query, pipeline))];
  });
}

/**
 * What is meant for every pipeline (null) becomes a row for each of the others; the row itself is
 * answered by the pipeline that looked first.
 */
async function spread(query: Query, desk: Desk, pipeline: string): Promise<void> {
  for (const { id } of await query<{ id: string }>(meantForAll(desk))) {
    const params = [param.bigint('id', id), param.nvarchar('pipeline', pipeline)];
    await query(copyForOthers(desk), params);
    await query(keepOne(desk), params);
  }
}

async function take(
  query: Query,
  desk: Desk,
  pipeline: string,
  unansweredS: number,
): Promise<CommandRow[]> {
  const rows = await query<Asked>(unanswered(desk), [
    param.nvarchar('pipeline', pipeline),
    param.int('ago', -unansweredS),
  ]);
  for (const { id } of rows) await query(takeOne(desk), [param.bigint('id', id)]);
  return rows.map((row) => ({
    commandId: `${desk.letter}${row.id}`,
    command: row.command,
    pipeline: row.pipeline,
    tableName: row.table_name,
    reason: row.reason,
    requestedBy: row.requested_by,
  }));
}

export async function answerCommand(db: StateDb, commandId: string, answer: string): Promise<void> {
  if (commandId.startsWith(FORCED)) return;
  const desk = commandId.startsWith(RESETS.letter) ? RESETS : COMMANDS;
  await db.query(answerOne(desk), [
    param.bigint('id', commandId.slice(1)),
    param.nvarchar('answer', answer),
  ]);
}
