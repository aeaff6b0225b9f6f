import { z } from 'zod';
import type { Finding } from '../../contract/schema.js';
import type { Query } from '../sql-session.js';
import { readRows } from './read-rows.js';
import { UNSEEN } from './sql/schemas.js';

const unseenRow = z.object({ largeObjects: z.boolean(), temporaryTables: z.boolean() });

/** What a database holds that no feed carries and that is no table one could choose. */
export async function readUnseen(query: Query): Promise<Finding[]> {
  const [facts] = await readRows(query, UNSEEN, unseenRow);
  const findings: Finding[] = [];
  if (facts?.largeObjects === true) {
    findings.push({
      severity: 'warning',
      code: 'database.large-objects',
      subject: 'large objects',
      message: 'The database has large objects, which no change feed carries.',
      remedy: 'Move them into bytea columns, or copy them by pg_dump --large-objects.',
    });
  }
  if (facts?.temporaryTables === true) {
    findings.push({
      severity: 'info',
      code: 'database.temporary-tables',
      subject: 'temporary tables',
      message: 'Sessions have temporary tables just now; those are never replicated.',
    });
  }
  return findings;
}
