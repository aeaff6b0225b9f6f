import { z } from 'zod';
import { SluiceError } from '../../../core/errors.js';
import type { DatabaseIdentity } from '../../contract/schema.js';
import type { PgConnection } from '../connection-options.js';
import { parseLsn } from '../replication/lsn.js';
import { openReplication } from '../replication/replication-client.js';
import type { SqlSession } from '../sql-session.js';
import { READ_LINEAGE } from './feed-sql.js';

export interface Lineage {
  readonly system: string;
  readonly timeline: number;
}

const LINEAGE = /^(\d+)\/(\d+)$/;

interface LineageRow extends Record<string, unknown> {
  readonly system: string;
  readonly database_oid: string;
  readonly database: string;
  readonly version: string;
  readonly standby_timeline: string | null;
  readonly timeline_hex: string | null;
}

/** `database` is system identifier and database oid; `lineage` system identifier and timeline. */
export async function readIdentity(session: SqlSession): Promise<DatabaseIdentity> {
  const [row] = await session.query<LineageRow>(READ_LINEAGE);
  if (row === undefined) throw new TypeError('A SELECT without FROM gave no row.');
  const timeline =
    row.timeline_hex === null
      ? Number(row.standby_timeline)
      : Number.parseInt(row.timeline_hex, 16);
  const product = row.version.split(' ').slice(0, 2).join(' ');
  return {
    database: `postgres:${row.system}/${row.database_oid}`,
    lineage: `${row.system}/${String(timeline)}`,
    description: `${product}, database ${row.database}`,
  };
}

export function parseLineage(text: string): Lineage {
  const match = LINEAGE.exec(text);
  if (match === null) {
    throw new SluiceError('FEED_CHANGED', 'A stored lineage is not one of a PostgreSQL server.', {
      remedy: 'Check that the pipeline still points at the same source, then resync its tables.',
    });
  }
  return { system: match[1] ?? '', timeline: Number(match[2]) };
}

/**
 * Where the server's history left the older timeline; null when it never was on it or no longer
 * knows. Needs a replication session, because no SQL function reads history files.
 */
export async function branchPoint(
  connection: PgConnection,
  older: number,
  present: number,
): Promise<bigint | null> {
  const client = await openReplication(connection);
  try {
    const rows = await client.command(`TIMELINE_HISTORY ${String(present)}`);
    return findBranch(historyText(rows[0]), older);
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'UNEXPECTED') return null;
    throw error;
  } finally {
    await client.close();
  }
}

/** Lines of a history file: timeline, the position where it was left, why. */
export function findBranch(history: string, timeline: number): bigint | null {
  for (const line of history.split('\n')) {
    const match = /^\s*(\d+)\s+([0-9A-Fa-f]+\/[0-9A-Fa-f]+)/.exec(line);
    if (match !== null && Number(match[1]) === timeline) return parseLsn(match[2] ?? '');
  }
  return null;
}

/** The content column is a bytea whose row description says text in older versions. */
function historyText(row: Record<string, unknown> | undefined): string {
  const content = z.union([z.string(), z.instanceof(Buffer)]).parse(row?.content);
  if (typeof content === 'string') {
    return content.startsWith('\\x') ? Buffer.from(content.slice(2), 'hex').toString() : content;
  }
  return content.toString('utf8');
}
