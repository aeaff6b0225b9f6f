import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectMs } from '../../../../src/engines/sqlserver/connect.js';
import type { MsTls } from '../../../../src/engines/sqlserver/connection-options.js';
import type { TdsServer } from '../../../support/sqlserver/tds/server.js';
import { startTdsServer } from '../../../support/sqlserver/tds/server.js';
import { FakeBackend } from '../tds/fake-backend.js';
import { connectionTo } from './connection-to.js';

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

describe.skipIf(!hasOpenssl)('a session over TLS (needs the openssl command)', () => {
  const backend = new FakeBackend();
  let server: TdsServer;
  let directory: string;
  let ca: string;

  beforeAll(async () => {
    const type = { name: 'int', length: 4, precision: 10, scale: 0, collation: null } as const;
    backend.on('SET LOCK_TIMEOUT -1;\nSELECT CONVERT(int, @@SPID) AS spid;', (_request, sink) => {
      sink.columns([{ name: 'spid', type, nullable: false }]);
      void sink.row([51]);
      sink.done(1);
    });
    directory = mkdtempSync(join(tmpdir(), 'sluice-ms-tls-'));
    const made = certificate(directory);
    ca = made.cert;
    server = await startTdsServer({ backend, certificate: made });
  });
  afterAll(async () => {
    await server.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const open = async (tls: MsTls) => {
    const connection = connectionTo(server.port, { password: () => 'right', tls });
    const session = await connectMs(connection, 'target');
    await session.close();
  };

  it('checks issuer and name of the certificate', async () => {
    await open({ mode: 'verifyFull', ca, serverName: 'db.sluice.test' });
    await expect(open({ mode: 'verifyFull', ca })).rejects.toMatchObject({ code: 'TLS_REFUSED' });
    const stranger = open({ mode: 'verifyFull', serverName: 'db.sluice.test' });
    await expect(stranger).rejects.toMatchObject({ code: 'TLS_REFUSED' });
  });

  it('checks the issuer alone where that is asked for', async () => {
    await open({ mode: 'verifyCa', ca });
    await expect(open({ mode: 'verifyCa' })).rejects.toMatchObject({ code: 'TLS_REFUSED' });
  });

  it('11.14: begins with TLS, and checks issuer and name, where encryption is strict', async () => {
    await open({ mode: 'strict', ca, serverName: 'db.sluice.test' });
    const other = open({ mode: 'strict', ca, serverName: 'other.sluice.test' });
    await expect(other).rejects.toMatchObject({ code: 'TLS_REFUSED' });
    const stranger = open({ mode: 'strict', serverName: 'db.sluice.test' });
    await expect(stranger).rejects.toMatchObject({ code: 'TLS_REFUSED' });
  });

  it('takes any certificate where it is told to trust the server', async () => {
    await open({ mode: 'require' });
    await open({ mode: 'prefer' });
  });
});
