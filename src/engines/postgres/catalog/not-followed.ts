import { z } from 'zod';
import type { Finding } from '../../contract/schema.js';
import type { Query } from '../sql-session.js';
import { readRows } from './read-rows.js';
import { NOT_FOLLOWED } from './sql/not-followed.js';

const notFollowedRow = z.object({
  kind: z.string(),
  count: z.number(),
  names: z.array(z.string()),
});

/** What is said of each kind, and what a person may do. */
const KINDS: Readonly<Record<string, { severity: 'info' | 'warning'; remedy: string }>> = {
  statistics: {
    severity: 'warning',
    remedy: 'Run what pg_get_statisticsobjdef(oid) says on the target, then ANALYZE.',
  },
  aggregates: {
    severity: 'warning',
    remedy: 'Create them on the target; views that use them follow after that.',
  },
  operators: {
    severity: 'warning',
    remedy: 'Create them on the target before the tables whose indexes or defaults use them.',
  },
  casts: {
    severity: 'warning',
    remedy: 'Create them on the target; views and functions that use them follow after that.',
  },
  policies: {
    severity: 'warning',
    remedy: 'Create them on the target where its own readers are to see only some rows.',
  },
  rules: { severity: 'warning', remedy: 'Create them on the target once writers move there.' },
  triggers: { severity: 'info', remedy: 'Create them on the target once writers move there.' },
  'event triggers': { severity: 'info', remedy: 'Create them on the target if they are needed.' },
  'text search configurations': {
    severity: 'warning',
    remedy: 'Create them on the target before the tables whose indexes or defaults use them.',
  },
  tablespaces: {
    severity: 'info',
    remedy: "The target's tables go to its default tablespace; move them there if it matters.",
  },
};

const WHAT: Readonly<Record<string, string>> = {
  statistics: 'extended statistics',
  tablespaces: 'tables or indexes in tablespaces of their own',
};

/** What a database has that the target will not get, one finding for each kind. */
export async function readNotFollowed(query: Query): Promise<Finding[]> {
  const rows = await readRows(query, NOT_FOLLOWED, notFollowedRow);
  return rows.map(({ kind, count, names }): Finding => {
    const { severity, remedy } = KINDS[kind] ?? {
      severity: 'warning',
      remedy: 'Create them there.',
    };
    const shown = count > names.length ? `${names.join(', ')} and others` : names.join(', ');
    return {
      severity,
      code: `database.${kind.replaceAll(' ', '-')}`,
      subject: kind,
      message: `${WHAT[kind] ?? kind} do not follow to the target: ${shown}.`.replace(/^./, (c) =>
        c.toUpperCase(),
      ),
      remedy,
    };
  });
}
