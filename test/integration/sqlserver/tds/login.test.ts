import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from 'tedious';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TdsServer } from '../../../support/sqlserver/tds/server.js';
import { startTdsServer } from '../../../support/sqlserver/tds/server.js';
import { batch, connect } from './client.js';
import { FakeBackend } from './fake-backend.js';
import { waitFor } from '../../../support/wait-for.js';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

function certificate(directory: string): { cert: string; key: string } {
  const [cert, key] = [join(directory, 'server.crt'), join(directory, 'server.key')];
  const files = ['-keyout', key, '-out', cert, '-days', '2', '-subj', '/CN=db.sluice.test'];
  const names = ['-addext', 'subjectAltName=DNS:db.sluice.test'];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...files, ...names], {
    stdio: 'ignore',
  });
  return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
}

/** The numbers that the server gave on the way to a refused login. */
async function refused(server: TdsServer, database: string, password: string): Promise<number[]> {
  const numbers: number[] = [];
  const connection = new Connection({
    server: '127.0.0.1',
    authentication: { type: 'default', options: { userName: 'sa', password } },
    options: { port: server.port, encrypt: false, database },
  });
  connection.on('errorMessage', (message: { number: number }) => numbers.push(message.number));
  await new Promise<void>((resolve) => connection.connect(() => resolve()));
  connection.close();
  return numbers;
}

describe('a login', () => {
  const backend = new FakeBackend();
  let server: TdsServer;

  beforeAll(async () => {
    server = await startTdsServer({ backend });
  });
  afterAll(() => server.close());

  it('brings user, database, application and intent to the backend', async () => {
    const connection = await connect(server, { appName: 'a test', readOnlyIntent: true });
    expect(backend.last.loggedIn).toMatchObject({
      user: 'sa',
      password: 'right',
      database: 'shop',
      appName: 'a test',
      readOnlyIntent: true,
    });
    connection.close();
  });

  it('with a wrong password is refused with 18456', async () => {
    expect(await refused(server, 'shop', 'wrong')).toEqual([18456]);
  });

  it('to a database that is not there is refused with 4060, then 18456', async () => {
    expect(await refused(server, 'absent', 'right')).toEqual([4060, 18456]);
  });

  it('closes its session when the client goes', async () => {
    const connection = await connect(server);
    const session = backend.last;
    const ended = new Promise((resolve) => connection.once('end', resolve));
    connection.close();
    await ended;
    await waitFor('the session is closed', () => session.closed);
  });
});

describe.skipIf(!hasOpenssl)('a login over TLS (needs the openssl command)', () => {
  const backend = new FakeBackend();
  let server: TdsServer;
  let directory: string;
  let ca: string;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'sluice-tds-'));
    const made = certificate(directory);
    ca = made.cert;
    server = await startTdsServer({ backend, certificate: made });
  });
  afterAll(async () => {
    await server.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('goes inside the packets, with the certificate checked', async () => {
    const options = { ca: [ca] } as object;
    const connection = await connect(server, {
      encrypt: true,
      serverName: 'db.sluice.test',
      trustServerCertificate: false,
      cryptoCredentialsDetails: options,
    });
    await batch(connection, 'SELECT 1');
    connection.close();
  });

  it('is not made to a server whose certificate nobody vouches for', async () => {
    const strangers = { encrypt: true, trustServerCertificate: false };
    await expect(connect(server, strangers)).rejects.toThrow(/certificate|self-signed/);
  });

  it('trusts any certificate where it is told to', async () => {
    const connection = await connect(server, { encrypt: true, trustServerCertificate: true });
    await batch(connection, 'SELECT 1');
    connection.close();
  });

  it('may begin with TLS, as TDS 8 does', async () => {
    const options = { ca: [ca] } as object;
    const connection = await connect(server, {
      encrypt: 'strict',
      serverName: 'db.sluice.test',
      cryptoCredentialsDetails: options,
    });
    await batch(connection, 'SELECT 1');
    connection.close();
  });

  it('still works in the clear', async () => {
    const connection = await connect(server);
    await batch(connection, 'SELECT 1');
    connection.close();
  });
});
