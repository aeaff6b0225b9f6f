import type { TableName } from '../../../core/names.js';
import { displayName } from '../../../core/names.js';
import type { FeedMembership, FeedName } from '../../contract/feed.js';
import type { SqlSession } from '../sql-session.js';
import { feedObjects } from './feed-names.js';
import { READ_MARKS, READ_PUBLISHABLE } from './feed-sql.js';

interface MarkRow extends TableName, Record<string, unknown> {
  readonly mark: string | null;
}

interface IdentityRow extends TableName, Record<string, unknown> {
  readonly without_identity: string | null;
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
  const identities = await session.query<IdentityRow>(READ_PUBLISHABLE, names);
  const key = ({ schema, table }: TableName): string => JSON.stringify([schema, table]);
  const bare = new Map(identities.map((row) => [key(row), row.without_identity]));
  return marks.map(({ schema, table, mark }) => {
    const without = bare.get(key({ schema, table })) ?? null;
    const harm =
      without === null
        ? null
        : `${displayName({ schema, table })} lost the key by which the log names its rows (${without}).`;
    return { table: { schema, table }, mark, harm };
  });
}
