import type pg from 'pg';
import { displayName } from '../../../core/names.js';
import type { MergeCounts, MergeOptions, StageRef } from '../../contract/full-sync.js';
import { childrenRefused, keepsChildren } from '../apply/kept-children.js';
import { becomeReplicaInTransaction } from '../apply/replica-role.js';
import { readTargetTable } from '../apply/target-table.js';
import { quoteIdent, quoteQualified } from '../sql/quote.js';
import type { StateSession } from '../state/state-db.js';
import { onlyRow } from '../state/state-db.js';
import { TRY_MS } from './brief-locks.js';
import { keptPartitions } from './kept-partitions.js';
import { requireStage, stageSchema } from './stage-record.js';

/** By a table outside of its tree; a foreign key may refer to a single partition. */
const REFERENCED = `
with tree as (select $1::regclass::oid as oid union select relid from pg_partition_tree($1::regclass))
select exists (select from pg_constraint
                where contype = 'f' and confrelid in (select oid from tree)
                  and conrelid not in (select oid from tree))
         as referenced`;

const WANTED_LOAD = `select load from sluice.table_state where table_id = $1`;

/**
 * All rows of the live table go and those of the stage come, in the caller's transaction, which has
 * no row of the state locked: that may take hours.
 *
 * TRUNCATE, where it was asked for and no foreign key refers to the table (then the server refuses
 * it), waits for readers, and they for it, so each try of that is short. Otherwise rows are deleted:
 * a reader, also one with an old snapshot, sees the former rows and waits for nothing; other writers
 * wait.
 */
export async function replaceRows(
  session: StateSession,
  client: pg.Client,
  stage: StageRef,
  { keepsPartitions = false, lockTimeoutMs = 0 }: MergeOptions,
): Promise<MergeCounts> {
  const record = await requireStage(session, stage);
  const { sql: live, own } = await readTargetTable(client, stage.target);
  const replica = await becomeReplicaInTransaction(session);
  const { load } = onlyRow(await session.rows<{ load: string }>(WANTED_LOAD, [stage.tableId]));
  const truncates = load === 'truncate' && (await lockIfAlone(session, live));
  await session.rows(`set local lock_timeout = ${String(lockTimeoutMs)}`);
  let deleted = 0;
  if (truncates) {
    await session.rows(`truncate ${own}`);
  } else {
    await session.rows(`lock table ${live} in share row exclusive mode`);
    await assertChildrenStay(session, client, stage, replica);
    const keeps = keepsPartitions && load === 'partitionSwitch';
    const kept = keeps ? await keptPartitions(session, stage) : [];
    const remove = `delete from ${own} where tableoid <> all ($1::oid[])`;
    deleted = (await client.query(remove, [kept ?? []])).rowCount ?? 0;
  }
  const columns = record.columns.map(quoteIdent).join(', ');
  const { rowCount } = await client.query(`
insert into ${live} (${columns})
overriding system value
select ${columns} from ${quoteQualified(stageSchema(stage.tableId), stage.target.table)}`);
  await session.rows('set local lock_timeout to default');
  return { inserted: rowCount ?? 0, updated: 0, deleted };
}

/** Under the lock no foreign key can come to refer to the table; one that came before keeps its rows. */
async function lockIfAlone(session: StateSession, live: string): Promise<boolean> {
  if (await isReferenced(session, live)) return false;
  await session.rows(`set local lock_timeout = ${String(TRY_MS)}`);
  await session.rows(`lock table ${live} in access exclusive mode`);
  return !(await isReferenced(session, live));
}

async function isReferenced(session: StateSession, live: string): Promise<boolean> {
  return onlyRow(await session.rows<{ referenced: boolean }>(REFERENCED, [live])).referenced;
}

/** All rows of the table go, so what its foreign keys do to itself is no matter. */
async function assertChildrenStay(
  session: StateSession,
  client: pg.Client,
  stage: StageRef,
  replica: boolean,
): Promise<void> {
  const live = await readTargetTable(client, stage.target);
  const actsOn = live.actsOn.filter((name) => name !== displayName(stage.target));
  if (!keepsChildren({ ...live, actsOn }, replica)) return;
  const any = await session.rows(`select from ${live.own} limit 1`);
  if (any.length > 0) throw childrenRefused({ ...live, actsOn });
}
