import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { existsSync } from 'node:fs';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { waitUntilGone } from '../../../src/local/processes.js';
import { startPostgres } from '../../../src/local/postgres-server.js';
import type { LocalPostgres } from '../../../src/local/postgres-server.js';
import { describeEachPostgres } from '../../support/postgres-versions.js';
import { createDatabase, sharedPostgres, withServer } from '../../support/postgres.js';
import { waitFor } from '../../support/wait-for.js';

async function ask(server: LocalPostgres, sql: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: server.url('postgres') });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(sql);
    return Object.values(rows[0] ?? {})[0];
  } finally {
    await client.end();
  }
}

describeEachPostgres('a local PostgreSQL %s server', (version) => {
  it('starts durable, logical and UTF-8, and refuses a login without its password', async () => {
    await withServer({ version }, async (server) => {
      expect(String(await ask(server, 'SHOW server_version'))).toMatch(
        new RegExp(`^${version}\\.`),
      );
      expect(await ask(server, 'SHOW wal_level')).toBe('logical');
      expect(await ask(server, 'SHOW fsync')).toBe('on');
      expect(await ask(server, 'SHOW synchronous_commit')).toBe('on');
      expect(await ask(server, 'SHOW server_encoding')).toBe('UTF8');
      const stranger = new pg.Client({
        connectionString: server.url('postgres').replace(server.password, 'wrong'),
      });
      await expect(stranger.connect()).rejects.toMatchObject({ code: '28P01' });
    });
  });

  it('keeps its committed rows and its port over a restart and a kill of every process', async () => {
    await withServer({ version }, async (server) => {
      const { port, pid } = server;
      await ask(server, 'CREATE TABLE kept (id int)');
      await ask(server, 'INSERT INTO kept VALUES (1)');
      await server.kill();
      expect(server.pid).toBeUndefined();
      expect(await waitUntilGone([Number(pid)], 0)).toBe(true);
      await server.restart();
      await ask(server, 'INSERT INTO kept VALUES (2)');
      await server.restart();
      expect(server.port).toBe(port);
      expect(await ask(server, 'SELECT count(*)::int FROM kept')).toBe(2);
    });
  });

  it('stops twice without an error, and removes its directory', async () => {
    const server = await startPostgres({ version });
    await server.stop('smart');
    await server.stop('immediate');
    await server.remove();
    expect(existsSync(server.dataDir)).toBe(false);
  });

  it('reuses a data directory with its password and takes new settings', async () => {
    const home = await mkdtemp(join(tmpdir(), 'sluice-test-'));
    await chmod(home, 0o755);
    const dataDir = join(home, 'data');
    try {
      const first = await startPostgres({ version, dataDir, password: "it's a secret" });
      await ask(first, 'CREATE TABLE kept (id int)');
      await expect(startPostgres({ version, dataDir })).rejects.toMatchObject({
        code: 'LOCAL_SERVER_IN_USE',
      });
      await first.stop();
      const settings = { work_mem: '7MB', cluster_name: "C:\\temp's" };
      const second = await startPostgres({ version, dataDir, settings });
      expect(second.password).toBe("it's a secret");
      expect(await ask(second, 'SELECT count(*)::int FROM kept')).toBe(0);
      expect(await ask(second, 'SHOW work_mem')).toBe('7MB');
      expect(await ask(second, 'SHOW cluster_name')).toBe(settings.cluster_name);
      await second.stop();
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  });

  it('says what the server logged when it cannot start', async () => {
    const attempt = startPostgres({ version, settings: { max_wal_senders: 'many' } });
    await expect(attempt).rejects.toMatchObject({ code: 'LOCAL_SERVER_FAILED' });
    await expect(attempt).rejects.toThrow(/max_wal_senders/);
  });
});

describe('the shared test server', () => {
  it('drops a database with its open sessions and replication slots', async () => {
    const server = sharedPostgres('18');
    const database = await createDatabase(server, 'Drop me!');
    await database.connect();
    await database.query(`SELECT pg_create_logical_replication_slot($1, 'pgoutput')`, [
      `${database.name}_slot`,
    ]);
    await database.drop();
    const other = await createDatabase(server, 'other');
    try {
      const sql = 'SELECT datname FROM pg_database WHERE datname = $1';
      expect(await other.query(sql, [database.name])).toEqual([]);
    } finally {
      await other.drop();
    }
    await waitFor('nothing is left to wait for', () => true);
  });
});
