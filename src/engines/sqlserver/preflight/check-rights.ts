import { z } from 'zod';
import type { FeedKind } from '../../../core/feed-kind.js';
import type { Finding } from '../../contract/schema.js';
import { flag, readRows } from '../catalog/read-rows.js';
import { quoteIdent, quoteQualified } from '../sql/quote.js';
import type { Query } from '../sql-session.js';
import type { Basics } from './basics.js';
import { finding } from './findings.js';
import { READ_TABLE_RIGHTS } from './sql/basics.js';

const rightsRow = z.object({
  schema: z.string(),
  table: z.string(),
  maySelect: flag,
  mayViewChanges: flag,
});
type Rights = z.infer<typeof rightsRow>;

const SHOWN = 5;

/** What the login may not do with the source's tables, each with the exact GRANT. */
export async function checkRights(query: Query, basics: Basics): Promise<Finding[]> {
  const rows = await readRows(query, READ_TABLE_RIGHTS, rightsRow);
  const { user } = basics;
  return [
    ...definitions(basics),
    ...lacking(rows, ({ maySelect }) => maySelect, {
      code: 'table.select',
      what: `The user ${user} may not read`,
      grant: 'SELECT',
      user,
    }),
    ...lacking(rows, ({ mayViewChanges }) => mayViewChanges, {
      code: 'feed.view-change-tracking',
      feed: 'changeTracking',
      what: `Change Tracking is on, but the user ${user} may not see the changes of`,
      grant: 'VIEW CHANGE TRACKING',
      user,
    }),
  ];
}

/**
 * With SELECT alone defaults, checks, computed columns and routines have no text
 * (test/conformance/sqlserver/rights: "sees only what it has a right on, and no definition"), and
 * security policies no row (sys.security_policies, "Permissions").
 */
function definitions({ user, mayViewDefinition, facts }: Basics): Finding[] {
  if (mayViewDefinition) return [];
  const message = `The user ${user} may not see definitions in ${facts.database}: defaults, checks, computed columns, views and routines cannot be made on the target, and a security policy that hides rows is not seen.`;
  const remedy = `Run: GRANT VIEW DEFINITION TO ${quoteIdent(user)}`;
  return [finding('warning', 'database.view-definition', user, message, remedy)];
}

interface Lack {
  readonly code: string;
  readonly what: string;
  readonly grant: string;
  readonly user: string;
  /** Of no matter where no table follows it. */
  readonly feed?: FeedKind;
}

function lacking(rows: readonly Rights[], may: (row: Rights) => boolean, lack: Lack): Finding[] {
  const without = rows.filter((row) => !may(row));
  if (without.length === 0) return [];
  const shown = without.slice(0, SHOWN).map(({ schema, table }) => `${schema}.${table}`);
  const names = `${shown.join(', ')}${without.length > SHOWN ? ' and others' : ''}`;
  const counted = `${String(without.length)} of ${String(rows.length)} tables`;
  const grants = without
    .slice(0, SHOWN)
    .map(({ schema, table }) => {
      const name = quoteQualified(schema, table);
      return `GRANT ${lack.grant} ON ${name} TO ${quoteIdent(lack.user)}`;
    })
    .join('; ');
  const message = `${lack.what} ${counted}: ${names}.`;
  const found = finding('warning', lack.code, names, message, `Run: ${grants}`);
  return [lack.feed === undefined ? found : { ...found, feed: lack.feed }];
}
