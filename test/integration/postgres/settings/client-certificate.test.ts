import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connectPg } from '../../../../src/engines/postgres/connect.js';
import { openReplication } from '../../../../src/engines/postgres/replication/replication-client.js';
import { pgConnection, replicationConnection } from '../../../../src/engines/postgres/settings.js';
import type { ConnectionResolver } from '../../../../src/engines/contract/connection.js';
import type { LocalPostgres } from '../../../../src/local/postgres-server.js';
import { startPostgres } from '../../../../src/local/postgres-server.js';
import {
  createAuthority,
  createCertificate,
  giveKeyTo,
  hasOpenssl,
  readPem,
} from '../../../support/certificates.js';
import { resolverOf } from './resolver.js';

const HOST = 'db.sluice.test';
const LOGIN = 'certified';

describe.skipIf(!hasOpenssl)('tls of a connection (needs the openssl command)', () => {
  let server: LocalPostgres;
  let directory: string;
  const opened: { end(): Promise<void> }[] = [];

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'sluice-client-tls-'));
    createAuthority(directory);
    createCertificate(directory, 'server', HOST);
    createCertificate(directory, 'client', LOGIN);
    createCertificate(directory, 'stranger', 'stranger');
    server = await startPostgres({ version: '18' });
    giveKeyTo(server.dataDir, directory, 'server.key');
    const admin = new pg.Client({ connectionString: server.url('postgres') });
    await admin.connect();
    for (const [name, file] of [
      ['ssl_ca_file', 'ca.crt'],
      ['ssl_cert_file', 'server.crt'],
      ['ssl_key_file', 'server.key'],
    ] as const) {
      await admin.query(`ALTER SYSTEM SET ${name} = '${join(directory, file)}'`);
    }
    await admin.query(`ALTER SYSTEM SET ssl = on; `);
    await admin.query(`CREATE ROLE ${LOGIN} LOGIN REPLICATION`);
    await admin.end();
    const hba = join(server.dataDir, 'pg_hba.conf');
    const rules = readFileSync(hba, 'utf8');
    writeFileSync(hba, `hostssl all ${LOGIN} all cert\nhost all ${LOGIN} all reject\n`);
    appendFileSync(hba, rules);
    await server.restart();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map(async (one) => one.end()));
  });
  afterAll(async () => {
    await server.remove();
    rmSync(directory, { recursive: true, force: true });
  });

  const path = (file: string): string => join(directory, file);

  function resolver(tls: Record<string, string>): ConnectionResolver {
    const { host, port } = server;
    const ca = { mode: 'verifyFull', ca: path('ca.crt'), serverName: HOST };
    const keys = { host, port, database: 'postgres', user: LOGIN, tls: { ...ca, ...tls } };
    return resolverOf(keys, {
      CERT: readPem(directory, 'client.crt'),
      KEY: readPem(directory, 'client.key'),
    });
  }

  /** The name in the certificate that the server was shown. */
  async function shown(tls: Record<string, string>): Promise<unknown> {
    const client = await connectPg(pgConnection(resolver(tls), 'sluice tls'), 'source');
    opened.push(client);
    const { rows } = await client.query<{ name: string }>(
      'SELECT client_dn AS name FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
    );
    return rows[0]?.name;
  }

  it('cert and key log in without a password, as files and as texts', async () => {
    const files = { cert: path('client.crt'), key: path('client.key') };
    expect(await shown(files)).toBe(`/CN=${LOGIN}`);
    expect(await shown({ cert: '${CERT}', key: '${KEY}' })).toBe(`/CN=${LOGIN}`);
  });

  it('cert and key serve the change feed too', async () => {
    const tls = { cert: path('client.crt'), key: path('client.key') };
    const replication = await openReplication(replicationConnection(resolver(tls), 'sluice tls'));
    await replication.close();
  });

  it('a login that needs a certificate is refused without one, or with that of another', async () => {
    await expect(shown({})).rejects.toMatchObject({
      code: 'LOGIN_REFUSED',
      remedy: expect.stringContaining('tls.cert') as unknown,
    });
    const other = { cert: path('stranger.crt'), key: path('stranger.key') };
    await expect(shown(other)).rejects.toMatchObject({ code: 'LOGIN_REFUSED' });
  });

  it('serverName is the name that the certificate must carry', async () => {
    const files = { cert: path('client.crt'), key: path('client.key') };
    const other = shown({ ...files, serverName: 'other.test' });
    await expect(other).rejects.toMatchObject({
      code: 'TLS_REFUSED',
      remedy: expect.stringContaining('tls.serverName') as unknown,
    });
  });

  it('a key that is no key, or a file that is not there, is named with its connection', async () => {
    const missing = shown({ cert: path('client.crt'), key: path('nothing.key') });
    await expect(missing).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('connections.shop.tls.key') as unknown,
    });
    const mixed = shown({ cert: path('client.crt'), key: path('stranger.key') });
    await expect(mixed).rejects.toMatchObject({ code: 'TLS_REFUSED' });
  });
});
