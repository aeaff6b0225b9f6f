import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ConnectionSettings } from '../../../../src/engines/contract/connection.js';
import { SqlServerSource } from '../../../../src/engines/sqlserver/source.js';
import { SqlServerTarget } from '../../../../src/engines/sqlserver/target.js';
import type { TestMsDatabase, TestMsServer } from '../../../support/sqlserver/server.js';
import { openSqlServer } from '../../../support/sqlserver/server.js';
import { patient, waitFor } from '../../../support/wait-for.js';

const LATE_MS = patient(300);

let server: TestMsServer;
let database: TestMsDatabase;
const opened: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  server = await openSqlServer('target');
  database = await server.createDatabase('settings');
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map(async (one) => one.close()));
});
afterAll(async () => {
  await database.drop();
  await server.close();
});

function settings(changes: Partial<ConnectionSettings>): ConnectionSettings {
  const mode = server.standIn === null ? 'require' : 'disable';
  return {
    name: 'shop',
    engine: 'sqlserver',
    host: server.host,
    port: server.port,
    database: database.name,
    user: server.user,
    password: server.password,
    tls: { mode, ca: undefined, cert: undefined, key: undefined, serverName: undefined },
    connectTimeout: 10_000,
    statementTimeout: 30_000,
    applicationName: 'sluice settings',
    session: {},
    pool: { min: 0, max: 50, idleTimeout: 30_000, healthCheckInterval: 60_000 },
    own: {},
    ...changes,
  };
}

/** Each opening counts under a name of its own, as the server sees it. */
function source(applicationName: string, changes: Partial<ConnectionSettings> = {}) {
  const made = new SqlServerSource(() => settings(changes), { applicationName });
  opened.push(made);
  return made;
}

const SESSIONS = `
SELECT s.session_id AS id, CONVERT(nvarchar(30), s.last_request_start_time, 121) AS asked
  FROM sys.dm_exec_sessions AS s
 WHERE s.program_name = N'NAME'`;

const sessions = (name: string) => database.sql(SESSIONS.replace('NAME', name));

describe('a key of a connection to SQL Server', () => {
  it('host, port, database, user, password and applicationName are what the server sees', async () => {
    const [seen] = await source('sluice named').pool.use(async ({ query }) =>
      query('SELECT DB_NAME() AS db, ORIGINAL_LOGIN() AS login, APP_NAME() AS app'),
    );
    expect(seen).toEqual({ db: database.name, login: server.user, app: 'sluice named' });
  });

  it('password is refused by the server where it is another one', async () => {
    const wrong = source('sluice wrong', { password: 'not this one' });
    await expect(wrong.identity()).rejects.toMatchObject({ vendorCode: '18456' });
  });

  it('session sets an option of every session, the first and those that are used again', async () => {
    const { pool } = source('sluice options', { session: { LOCK_TIMEOUT: 1234 } });
    const seen = async () => pool.use(async ({ query }) => query('SELECT @@LOCK_TIMEOUT AS wait'));
    expect(await seen()).toEqual([{ wait: 1234 }]);
    expect(await seen()).toEqual([{ wait: 1234 }]);
  });

  it('statementTimeout ends what takes longer', async () => {
    await database.sql(
      'CREATE TABLE dbo.held (n int NOT NULL)\nGO\nINSERT INTO dbo.held VALUES (1)',
    );
    const hurried = source('sluice slow', { statementTimeout: patient(300) }).pool;
    await source('sluice holder').pool.use(async (holder) => {
      await holder.batch('BEGIN TRANSACTION; UPDATE dbo.held SET n = 2');
      const waiting = hurried.use(async ({ query }) => query('UPDATE dbo.held SET n = 3'));
      await expect(waiting).rejects.toMatchObject({ code: 'SERVER_BUSY' });
      await holder.batch('ROLLBACK');
    });
  });

  it('connectTimeout ends the wait for a server that does not answer', async () => {
    const open = new Set<Socket>();
    const silent = createServer((socket) => open.add(socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const late = source('sluice late', { host: '127.0.0.1', port, connectTimeout: LATE_MS });
    await expect(late.identity()).rejects.toMatchObject({
      code: 'SERVER_UNREACHABLE',
      kind: 'transient',
      message: expect.stringContaining(
        `127.0.0.1,${String(port)} did not answer within ${String(LATE_MS / 1_000)} s.`,
      ) as unknown,
      remedy: expect.stringContaining('raise connectTimeout') as unknown,
    });
    expect(open.size).toBe(1);
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
  });
});

describe('a key of pool', () => {
  const few = { min: 0, max: 3, idleTimeout: 30_000, healthCheckInterval: 60_000 };

  it('max bounds the sessions of a worker, however many activities want one', async () => {
    const name = 'sluice max';
    let most = 0;
    const work = Array.from({ length: 6 }, async () => {
      const { pool } = source(name, { pool: few });
      const look = async () => {
        most = Math.max(most, (await sessions(name)).length);
      };
      for (let n = 0; n < 2; n += 1) await Promise.all([pool.use(look), pool.use(look)]);
    });
    await Promise.all(work);
    expect(most).toBeLessThanOrEqual(3);
    expect(most).toBeGreaterThan(1);
  });

  it('max says that there is no place when none comes free', async () => {
    const one = { pool: { ...few, max: 1 }, connectTimeout: patient(1_000) };
    const [first, second] = [source('sluice full', one), source('sluice full', one)];
    await first.pool.use(async () => {
      await expect(second.identity()).rejects.toMatchObject({ code: 'SERVER_BUSY' });
    });
    // Kept for later by the first, it is given up for the second.
    expect((await second.identity()).database).not.toBe('');
  });

  it('idleTimeout, min and healthCheckInterval: one is left, and looked at', async () => {
    const pool = { min: 1, max: 10, idleTimeout: 300, healthCheckInterval: 300 };
    const name = 'sluice idle';
    const target = new SqlServerTarget(() => settings({ pool }), { applicationName: name });
    opened.push(target);
    await target.state.migrate();
    await Promise.all([target.state.tables.list('shop'), target.state.tables.list('shop')]);
    const left = async () => (await sessions(name)).map(({ id }) => id);
    await waitFor('one session is left', async () => (await left()).length === 1);
    const [before] = await sessions(name);
    await waitFor('it was asked again, and is the same', async () => {
      const [now] = await sessions(name);
      return now?.id === before?.id && String(now?.asked) > String(before?.asked);
    });
    await target.close();
    await waitFor('none is left', async () => (await left()).length === 0);
  });
});
