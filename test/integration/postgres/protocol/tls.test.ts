import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectPg } from '../../../../src/engines/postgres/connect.js';
import type { PgTls } from '../../../../src/engines/postgres/connection-options.js';
import type { LocalPostgres } from '../../../../src/local/postgres-server.js';
import { startPostgres } from '../../../../src/local/postgres-server.js';
import { connectionTo } from './support.js';

const NAME = 'db.sluice.test';
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

describe.skipIf(!hasOpenssl)('TLS (needs the openssl command)', () => {
  let server: LocalPostgres;
  let directory: string;
  let ca: string;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'sluice-tls-'));
    chmodSync(directory, 0o755);
    createCertificates(directory);
    server = await startPostgres({ version: '18' });
    ca = readFileSync(join(directory, 'ca.crt'), 'utf8');
    const owner = statSync(server.dataDir);
    chownSync(join(directory, 'server.key'), owner.uid, owner.gid);
    chmodSync(join(directory, 'server.key'), 0o600);
    const sql = await connectPg(connectionTo(server), 'target');
    await sql.query(`ALTER SYSTEM SET ssl_cert_file = '${join(directory, 'server.crt')}'`);
    await sql.query(`ALTER SYSTEM SET ssl_key_file = '${join(directory, 'server.key')}'`);
    await sql.query('ALTER SYSTEM SET ssl = on');
    await sql.end();
    await server.restart();
  });

  afterAll(async () => {
    await server.remove();
    rmSync(directory, { recursive: true, force: true });
  });

  async function usesTls(tls: PgTls): Promise<boolean> {
    const client = await connectPg(connectionTo(server, { tls }), 'source');
    const { rows } = await client.query<{ ssl: boolean }>(
      'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
    );
    await client.end();
    return rows[0]?.ssl === true;
  }

  it('is used by prefer and require without a check, and not by disable', async () => {
    expect(await usesTls({ mode: 'disable' })).toBe(false);
    expect(await usesTls({ mode: 'prefer' })).toBe(true);
    expect(await usesTls({ mode: 'require' })).toBe(true);
  });

  it('checks the authority with verify-ca, and with require where one is given', async () => {
    expect(await usesTls({ mode: 'verify-ca', ca })).toBe(true);
    expect(await usesTls({ mode: 'require', ca })).toBe(true);
    await expect(usesTls({ mode: 'verify-ca' })).rejects.toMatchObject({ code: 'TLS_REFUSED' });
  });

  it('checks the name with verify-full, against serverName where it is given', async () => {
    expect(await usesTls({ mode: 'verify-full', ca, serverName: NAME })).toBe(true);
    await expect(usesTls({ mode: 'verify-full', ca })).rejects.toMatchObject({
      code: 'TLS_REFUSED',
    });
    const other = { mode: 'verify-full', ca, serverName: 'other.test' } as const;
    await expect(usesTls(other)).rejects.toMatchObject({ code: 'TLS_REFUSED' });
  });
});

function createCertificates(directory: string): void {
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { cwd: directory, stdio: 'ignore' });
  };
  const request = ['req', '-newkey', 'rsa:2048', '-nodes'];
  openssl(
    ...request,
    '-x509',
    '-days',
    '2',
    '-subj',
    '/CN=test authority',
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
  );
  openssl(...request, '-subj', `/CN=${NAME}`, '-keyout', 'server.key', '-out', 'server.csr');
  writeFileSync(join(directory, 'names'), `subjectAltName=DNS:${NAME}\n`);
  const sign = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'names'];
  openssl('x509', '-req', '-days', '2', '-in', 'server.csr', ...sign, '-out', 'server.crt');
}
