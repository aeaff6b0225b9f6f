import type { Finding } from '../../contract/schema.js';
import { quoteIdent } from '../sql/quote.js';
import type { Query } from '../sql-session.js';
import type { Basics } from './basics.js';
import { checkLogSpace } from './check-log-space.js';
import { checkTargetRights } from './check-target-rights.js';
import { finding } from './findings.js';

export async function checkTarget(query: Query, basics: Basics): Promise<Finding[]> {
  return [
    ...checkWritable(basics),
    ...checkCreate(basics),
    ...(await checkTargetRights(query, basics)),
    ...checkReaders(basics),
    ...(await checkLogSpace(query, basics)),
  ];
}

function checkWritable({ facts, updateability }: Basics): Finding[] {
  if (updateability !== 'READ_ONLY') return [];
  const message = `The target ${facts.database} on ${facts.server} is read-only.`;
  const remedy = `Name the primary (or the listener) as the target, or run: ALTER DATABASE ${quoteIdent(facts.database)} SET READ_WRITE`;
  return [finding('error', 'target.read-only', facts.database, message, remedy)];
}

/** Schemas for the state and the stages, tables, and altering those of others' schemas. */
function checkCreate(basics: Basics): Finding[] {
  const { facts, user, mayCreateTable, mayCreateSchema, mayAlter, hasState } = basics;
  if (mayCreateTable && mayCreateSchema && mayAlter) return [];
  const lacking = [
    ...(mayCreateTable ? [] : ['CREATE TABLE']),
    ...(mayCreateSchema ? [] : ['CREATE SCHEMA']),
    ...(mayAlter ? [] : ['ALTER']),
  ].join(', ');
  const message = `The user ${user} may not make tables in ${facts.database} (${lacking}).`;
  const remedy = `Run: GRANT ${lacking} TO ${quoteIdent(user)}`;
  const severity = hasState ? 'warning' : 'error';
  return [finding(severity, 'target.create', facts.database, message, remedy)];
}

/** With locking reads a reader waits while a batch is written, and a batch while it reads. */
function checkReaders({ facts, readCommittedSnapshot }: Basics): Finding[] {
  if (readCommittedSnapshot) return [];
  const message = `READ_COMMITTED_SNAPSHOT is off in ${facts.database}: readers wait while a batch is written.`;
  const remedy = `Run: ALTER DATABASE ${quoteIdent(facts.database)} SET READ_COMMITTED_SNAPSHOT ON`;
  return [finding('info', 'target.read-committed-snapshot', facts.database, message, remedy)];
}
