import { setTimeout as delay } from 'node:timers/promises';
import { SluiceError } from '../../../core/errors.js';
import type { TableName } from '../../../core/names.js';
import { displayName, sameTable } from '../../../core/names.js';
import type { FeedName } from '../../contract/feed.js';
import { sqlStateOf } from '../pg-errors.js';
import { quoteIdent, quoteQualified } from '../sql/quote.js';
import type { Query, SqlSession } from '../sql-session.js';
import { feedObjects } from './feed-names.js';
import { READ_COVERED, READ_MEMBERS } from './feed-sql.js';
import { assertPublishable } from './publishable.js';
import type { PublicationFacts } from './server-facts.js';
import { readPublication } from './server-facts.js';

export interface MembershipOptions {
  /** How long a statement on the source may wait for a lock, and so hold up those behind it. */
  readonly lockTimeoutMs: number;
  readonly statementTimeoutMs: number;
  /** Attempts per table when its lock is not free. */
  readonly attempts: number;
}

const DUPLICATE = '42710';
const NOT_ALLOWED = '42501';

interface Member extends TableName {
  readonly filters_rows: boolean;
  readonly filters_columns: boolean;
}

/**
 * Put tables into the publication, each in a transaction of its own that also checks that the
 * table can be followed; nothing about that can change between check and commit, because ALTER
 * PUBLICATION holds a lock against it. Already published ones are left as they are.
 */
export async function addTables(
  session: SqlSession,
  name: FeedName,
  tables: readonly TableName[],
  options: MembershipOptions,
): Promise<void> {
  const { publication, mayCreatePublication } = feedObjects(name);
  const facts = await readPublication(session, publication);
  if (facts === null) {
    throw new SluiceError('FEED_NOT_ENABLED', `The publication ${publication} does not exist.`, {
      remedy: 'Run plan to see what has to be created on the source.',
    });
  }
  await assertPublishable(session.query, tables, facts.sends_generated);
  if (!facts.all_operations) throw publishesPart(publication);
  const covered = await coveredTables(session, publication, tables);
  for (const table of tables) {
    if (covered.some((other) => sameTable(other, table))) continue;
    const alter = `ALTER PUBLICATION ${quoteIdent(publication)} ADD TABLE ONLY ${quote(table)}`;
    if (!mayCreatePublication) throw notPublished(publication, table, alter);
    await withLockRetries(options, async () => addOne(session, alter, { table, facts }, options));
  }
  if (!facts.via_root) await assertNoRoots(session, publication, tables);
}

/** Take tables out; one that is not in it, or no longer exists, is no error. */
export async function removeTables(
  session: SqlSession,
  name: FeedName,
  tables: readonly TableName[],
  options: MembershipOptions,
): Promise<void> {
  const { publication, mayCreatePublication } = feedObjects(name);
  if (!mayCreatePublication) return;
  const members = await session.query<Member & Record<string, unknown>>(READ_MEMBERS, [
    publication,
  ]);
  for (const table of tables) {
    if (!members.some((member) => sameTable(member, table))) continue;
    const alter = `ALTER PUBLICATION ${quoteIdent(publication)} DROP TABLE ONLY ${quote(table)}`;
    await withLockRetries(options, async () =>
      session.transaction(async (query) => {
        await setTimeouts(query, options);
        await query(alter);
      }),
    );
  }
}

async function addOne(
  session: SqlSession,
  alter: string,
  { table, facts }: { readonly table: TableName; readonly facts: PublicationFacts },
  options: MembershipOptions,
): Promise<void> {
  try {
    await session.transaction(async (query) => {
      await setTimeouts(query, options);
      await query(alter);
      await assertPublishable(query, [table], facts.sends_generated);
    });
  } catch (error) {
    // Another worker was faster; its transaction has checked the table.
    if (sqlStateOf(error) === DUPLICATE) return;
    if (sqlStateOf(error) !== NOT_ALLOWED) throw error;
    throw new SluiceError(
      'PERMISSION_DENIED',
      `The role that Sluice uses may not publish ${displayName(table)}: it does not own it.`,
      { remedy: `Let its owner or a superuser run: ${alter}`, vendorCode: NOT_ALLOWED },
    );
  }
}

/** Those already published whole; one that is published in part is refused. */
async function coveredTables(
  session: SqlSession,
  publication: string,
  tables: readonly TableName[],
): Promise<readonly TableName[]> {
  const members = await session.query<Member & Record<string, unknown>>(READ_MEMBERS, [
    publication,
  ]);
  for (const member of members) {
    if (!member.filters_rows && !member.filters_columns) continue;
    if (!tables.some((table) => sameTable(table, member))) continue;
    const part = member.filters_rows ? 'some rows' : 'some columns';
    throw new SluiceError(
      'FEED_NOT_ENABLED',
      `The publication ${publication} publishes only ${part} of ${displayName(member)}.`,
      {
        remedy:
          `Run: ALTER PUBLICATION ${quoteIdent(publication)} DROP TABLE ${quote(member)};` +
          ` ALTER PUBLICATION ${quoteIdent(publication)} ADD TABLE ONLY ${quote(member)}`,
      },
    );
  }
  const covered = await session.query<TableName & Record<string, unknown>>(READ_COVERED, [
    publication,
  ]);
  return [...members, ...covered];
}

/** Without publish_via_partition_root changes come under each leaf's name, TRUNCATE not at all. */
async function assertNoRoots(
  session: SqlSession,
  publication: string,
  tables: readonly TableName[],
): Promise<void> {
  const rows = await session.query<TableName & Record<string, unknown>>(
    `SELECT n.nspname AS schema, c.relname AS table
       FROM unnest($1::text[], $2::text[]) AS w (schema_name, table_name)
       JOIN pg_namespace n ON n.nspname = w.schema_name
       JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.table_name
      WHERE c.relkind = 'p'`,
    [tables.map((table) => table.schema), tables.map((table) => table.table)],
  );
  const [root] = rows;
  if (root === undefined) return;
  throw new SluiceError(
    'FEED_NOT_ENABLED',
    `${displayName(root)} is partitioned, but the publication ${publication} publishes its partitions by their own names.`,
    {
      remedy: `Run: ALTER PUBLICATION ${quoteIdent(publication)} SET (publish_via_partition_root = true)`,
    },
  );
}

async function setTimeouts(query: Query, options: MembershipOptions): Promise<void> {
  await query(`SET LOCAL lock_timeout = ${String(options.lockTimeoutMs)}`);
  await query(`SET LOCAL statement_timeout = ${String(options.statementTimeoutMs)}`);
}

/** Between attempts the users of the table have the lock queue for themselves. */
async function withLockRetries(
  options: MembershipOptions,
  work: () => Promise<void>,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await work();
      return;
    } catch (error) {
      const locked = error instanceof SluiceError && error.code === 'LOCK_TIMEOUT';
      if (!locked || attempt >= options.attempts) throw error;
      await delay(options.lockTimeoutMs * Math.min(attempt, 5));
    }
  }
}

function publishesPart(publication: string): SluiceError {
  return new SluiceError(
    'FEED_NOT_ENABLED',
    `The publication ${publication} leaves out some of insert, update, delete and truncate.`,
    {
      remedy: `Run: ALTER PUBLICATION ${quoteIdent(publication)} SET (publish = 'insert, update, delete, truncate')`,
    },
  );
}

function notPublished(publication: string, table: TableName, alter: string): SluiceError {
  return new SluiceError(
    'FEED_NOT_ENABLED',
    `${displayName(table)} is not in the publication ${publication}.`,
    { remedy: `Run: ${alter}` },
  );
}

function quote(table: TableName): string {
  return quoteQualified(table.schema, table.table);
}
