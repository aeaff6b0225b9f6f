import { z } from 'zod';
import type { Finding } from '../../contract/schema.js';
import { flag, readRows } from '../catalog/read-rows.js';
import { quoteIdent, quoteQualified } from '../sql/quote.js';
import type { Query } from '../sql-session.js';
import type { Basics } from './basics.js';
import { finding } from './findings.js';
import { READ_RESEED, READ_SCHEMA_RIGHTS, READ_WRITE_RIGHTS } from './sql/target-rights.js';

const writing = { maySelect: flag, mayInsert: flag, mayUpdate: flag, mayDelete: flag };
const schemaRow = z.object({ schema: z.string(), ...writing, mayAlter: flag, mayReference: flag });
const tableRow = z.object({ schema: z.string(), table: z.string(), ...writing });
const reseedRow = z.object({ mayReseed: flag });

const RIGHTS = [
  ['maySelect', 'SELECT'],
  ['mayInsert', 'INSERT'],
  ['mayUpdate', 'UPDATE'],
  ['mayDelete', 'DELETE'],
  ['mayAlter', 'ALTER'],
  ['mayReference', 'REFERENCES'],
] as const;
type Rights = Partial<Record<(typeof RIGHTS)[number][0], boolean>>;

const SHOWN = 5;
const STATE_SCHEMA = 'sluice';

/** What the login may not do with the schemas and tables that are there, each with its GRANT. */
export async function checkTargetRights(query: Query, basics: Basics): Promise<Finding[]> {
  const schemas = await readRows(query, READ_SCHEMA_RIGHTS, schemaRow);
  const lacking = schemas.filter((row) => lacks(row).length > 0);
  const inThese = new Set(lacking.map(({ schema }) => schema));
  const tables = await readRows(query, READ_WRITE_RIGHTS, tableRow);
  const denied = tables.filter((row) => !inThese.has(row.schema) && lacks(row).length > 0);
  return [
    ...(lacking.length > 0 && lacking.length === schemas.length
      ? [everywhere(basics, [...new Set(lacking.flatMap(lacks))])]
      : lacking.slice(0, SHOWN).map((row) => inSchema(basics, row.schema, lacks(row)))),
    ...denied.slice(0, SHOWN).map((row) => onTable(basics, row, lacks(row))),
    ...(await checkReseed(query, basics)),
  ];
}

function lacks(row: Rights): string[] {
  return RIGHTS.flatMap(([key, right]) => (row[key] === false ? [right] : []));
}

function everywhere({ facts, user }: Basics, rights: readonly string[]): Finding {
  const message = `The user ${user} may not ${words(rights)} in ${facts.database}: nothing can be written.`;
  const remedy = `Run: GRANT ${rights.join(', ')} TO ${quoteIdent(user)}`;
  return finding('error', 'target.rights', facts.database, message, remedy);
}

/** Other schemas need not be replicated into; the one of the state is needed by all. */
function inSchema({ user }: Basics, schema: string, rights: readonly string[]): Finding {
  const message = `The user ${user} may not ${words(rights)} in the schema ${schema}: its tables cannot be replicated.`;
  const remedy = `Run: GRANT ${rights.join(', ')} ON SCHEMA::${quoteIdent(schema)} TO ${quoteIdent(user)}`;
  const severity = schema === STATE_SCHEMA ? 'error' : 'warning';
  return finding(severity, 'target.schema-rights', schema, message, remedy);
}

function onTable(
  { user }: Basics,
  { schema, table }: z.infer<typeof tableRow>,
  rights: readonly string[],
): Finding {
  const name = `${schema}.${table}`;
  const message = `The user ${user} may not ${words(rights)} on ${name}: it cannot be replicated.`;
  const remedy = `Take back what was denied, then run: GRANT ${rights.join(', ')} ON ${quoteQualified(schema, table)} TO ${quoteIdent(user)}`;
  return finding('warning', 'target.table-rights', name, message, remedy);
}

/**
 * DBCC CHECKIDENT asks for a role, not for a right
 * (test/conformance/sqlserver/rights: "reseeds no identity of others").
 */
async function checkReseed(query: Query, { facts, user }: Basics): Promise<Finding[]> {
  const [row] = await readRows(query, READ_RESEED, reseedRow);
  if (row === undefined || row.mayReseed) return [];
  const message = `The user ${user} may not set the next value of identity columns in schemas that it does not own.`;
  const remedy = `Run: ALTER ROLE [db_ddladmin] ADD MEMBER ${quoteIdent(user)}`;
  return [finding('info', 'target.reseed', facts.database, message, remedy)];
}

function words(rights: readonly string[]): string {
  const last = rights.at(-1) ?? '';
  return rights.length < 2 ? last : `${rights.slice(0, -1).join(', ')} or ${last}`;
}
