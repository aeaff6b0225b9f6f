import type { TableName } from '../../../core/names.js';
import { displayName } from '../../../core/names.js';
import type { FeedMembership, FeedName } from '../../contract/feed.js';
import type { SqlSession } from '../sql-session.js';
import { feedObjects } from './feed-names.js';
import { READ_MARKS, READ_PUBLISHABLE } from './feed-sql.js';
import { readPublication } from './server-facts.js';

interface MarkRow extends TableName, Record<string, unknown> {
  readonly mark: string | null;
}

interface IdentityRow extends TableName, Record<string, unknown> {
  readonly without_identity: string | null;
  readonly generated: string | null;
}

/**
 * How each table is published now. A publication that was dropped and made again, or a table that
 * was taken out and put back, has another mark although it looks the same: what was changed
 * meanwhile was never decoded.
 */
export async function readMemberships(
  session: SqlSession,
  name: FeedName,
  tables: readonly TableName[],
): Promise<readonly FeedMembership[]> {
  const names = [tables.map(({ schema }) => schema), tables.map(({ table }) => table)];
  const { publication } = feedObjects(name);
  const marks = await session.query<MarkRow>(READ_MARKS, [publication, ...names]);
  const facts = await readPublication(session, publication);
  const sendsGenerated = facts?.sends_generated === true;
  const identities = await session.query<IdentityRow>(READ_PUBLISHABLE, [...names, sendsGenerated]);
  const key = ({ schema, table }: TableName): string => JSON.stringify([schema, table]);
  const harms = new Map(identities.map((row) => [key(row), harmOf(row)]));
  return marks.map(({ schema, table, mark }) => {
    const harm = harms.get(key({ schema, table })) ?? null;
    return { table: { schema, table }, mark, harm };
  });
}

function harmOf({
  schema,
  table,
  without_identity: without,
  generated,
}: IdentityRow): string | null {
  const name = displayName({ schema, table });
  if (without !== null) return `${name} lost the key by which the log names its rows (${without}).`;
  if (generated === null) return null;
  return `Generated columns of ${name} belong to what names its rows (${generated}), and the log does not have them.`;
}
