import { statfs } from 'node:fs/promises';
import type { PgConnection } from './connection-options.js';
import type { SqlSession } from './sql-session.js';

const HERE = new Set(['127.0.0.1', '::1', 'localhost']);

/** The setting is for superusers and members of pg_read_all_settings. */
const DATA_DIRECTORY = `
select setting as directory from pg_settings where name = 'data_directory' and setting <> ''`;

/**
 * PostgreSQL tells nobody how full its disk is. Where it runs on this machine and says where its
 * files are, the file system does; null in all other cases.
 */
export async function freeBytes(
  session: SqlSession,
  connection: PgConnection,
): Promise<number | null> {
  const { host } = connection;
  if (!HERE.has(host) && !host.startsWith('/')) return null;
  const [row] = await session.query<{ directory: string }>(DATA_DIRECTORY);
  if (row === undefined) return null;
  try {
    const { bavail, bsize } = await statfs(row.directory);
    return bavail * bsize;
  } catch {
    return null;
  }
}
