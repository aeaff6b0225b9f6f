import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { PostgresSource } from '../../../../src/engines/postgres/source.js';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import type { SharedPostgres, TestDatabase } from '../../../support/postgres.js';
import { createDatabase, sharedPostgres } from '../../../support/postgres.js';
import { resolverOf } from './resolver.js';

describeEachPostgres('a key of a connection to PostgreSQL %s', (version) => {
  let server: SharedPostgres;
  const opened: PostgresSource[] = [];
  let database: TestDatabase;

  beforeAll(async () => {
    server = sharedPostgres(version);
    database = await createDatabase(server, 'connection keys');
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map(async (one) => one.close()));
  });
  afterAll(async () => database.drop());

  function open(changes: Record<string, unknown> = {}): PostgresSource {
    const keys = {
      host: server.host,
      port: server.port,
      database: database.name,
      user: server.user,
      password: '${PASSWORD}',
      ...changes,
    };
    const resolver = resolverOf(keys, { PASSWORD: server.password, WRONG: 'not this one' });
    const { applicationName } = resolver();
    const source = new PostgresSource(resolver, { applicationName });
    opened.push(source);
    return source;
  }

  const seen = async (source: PostgresSource) =>
    source.session.query(`
      select datname as database, usename as "user", application_name as name,
             inet_server_port() as port, current_setting('statement_timeout') as statement_timeout
        from pg_stat_activity where pid = pg_backend_pid()`);

  it('host, port, database, user, password and applicationName are what the server sees', async () => {
    expect(await seen(open({ applicationName: 'shop keys', statementTimeout: '7s' }))).toEqual([
      {
        database: database.name,
        user: server.user,
        name: 'shop keys',
        port: server.port,
        statement_timeout: '7s',
      },
    ]);
  });

  it('url says the same in one value', async () => {
    const { host, port, user } = server;
    const url = `postgres://${user}:\${PASSWORD}@${host}:${String(port)}/${database.name}?application_name=by+url`;
    const resolver = resolverOf({ url }, { PASSWORD: encodeURIComponent(server.password) });
    const source = new PostgresSource(resolver, {
      applicationName: resolver().applicationName,
    });
    opened.push(source);
    expect(await seen(source)).toMatchObject([{ database: database.name, name: 'by url', user }]);
  });

  it('password is refused by the server where it is another one', async () => {
    await expect(open({ password: '${WRONG}' }).identity()).rejects.toMatchObject({
      code: 'LOGIN_REFUSED',
    });
  });

  it('session sets what the server calls so, in every session', async () => {
    const { session, pool } = open({ session: { work_mem: '7MB' } });
    const show = `select current_setting('work_mem') as memory`;
    expect(await session.query(show)).toEqual([{ memory: '7MB' }]);
    const { rows } = await pool.use(async (client) => client.query(show));
    expect(rows).toEqual([{ memory: '7MB' }]);
  });

  it('statementTimeout ends what takes longer', async () => {
    const hurried = open({ statementTimeout: '1s' });
    await expect(hurried.session.query('select pg_sleep(600)')).rejects.toMatchObject({
      code: 'SERVER_BUSY',
      vendorCode: '57014',
    });
  });

  it('connectTimeout ends the wait for a server that does not answer, and says all of it', async () => {
    const sockets = new Set<Socket>();
    const silent = createServer((socket) => sockets.add(socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = silent.address() as AddressInfo;
      for (const mode of ['disable', 'require']) {
        const late = open({ host: '127.0.0.1', port, connectTimeout: '1s', tls: { mode } });
        await expect(late.identity()).rejects.toMatchObject({
          code: 'SERVER_UNREACHABLE',
          kind: 'transient',
          message: `The source database ${database.name} at 127.0.0.1:${String(port)} did not answer within 1 s.`,
          remedy: expect.stringMatching(/host, port and firewall.*connectTimeout/) as unknown,
        });
      }
      expect(sockets.size).toBe(2);
    } finally {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => silent.close(resolve));
    }
  });
});
