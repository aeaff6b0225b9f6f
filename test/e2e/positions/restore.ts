/** A server put back to an earlier moment as an administrator does it: by its files. */
import { appendFile, chown, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { LocalPostgres } from '../../../src/local/postgres-server.js';
import { copyFolder } from '../../support/copy-folder.js';
import { waitFor } from '../../support/wait-for.js';

/** Stops the server for the copy; it runs again when this returns. */
export async function backUp(server: LocalPostgres): Promise<string> {
  const copy = `${server.dataDir}.backup`;
  await server.stop('fast');
  await rm(copy, { recursive: true, force: true });
  await copyFolder(server.dataDir, copy);
  await server.restart();
  return copy;
}

/** The server as it was; with `promote` it leaves its timeline, as a standby does that takes over. */
export async function restore(
  server: LocalPostgres,
  copy: string,
  options: { readonly promote: boolean } = { promote: false },
): Promise<void> {
  await server.stop('immediate');
  await rm(server.dataDir, { recursive: true, force: true });
  await copyFolder(copy, server.dataDir);
  if (options.promote) await recoverNextTime(server);
  await server.restart();
  if (options.promote) await isPrimary(server);
}

/** The same files on a new timeline: a failover that lost nothing. */
export async function promoteInPlace(server: LocalPostgres): Promise<void> {
  await server.stop('fast');
  await recoverNextTime(server);
  await server.restart();
  await isPrimary(server);
}

async function recoverNextTime(server: LocalPostgres): Promise<void> {
  const signal = join(server.dataDir, 'recovery.signal');
  await writeFile(signal, '');
  const { uid, gid } = await stat(server.dataDir);
  await chown(signal, uid, gid);
  await appendFile(join(server.dataDir, 'postgresql.auto.conf'), "restore_command = 'false'\n");
}

async function isPrimary(server: LocalPostgres): Promise<void> {
  await waitFor('the server has left recovery', async () => {
    const client = new pg.Client({ connectionString: server.url('postgres') });
    client.on('error', () => undefined);
    await client.connect();
    try {
      const { rows } = await client.query<{ in: boolean }>('select pg_is_in_recovery() as in');
      return rows[0]?.in === false;
    } finally {
      await client.end();
    }
  });
}
