import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectPg } from '../../../../src/engines/postgres/connect.js';
import type { PgTls } from '../../../../src/engines/postgres/connection-options.js';
import type { LocalPostgres } from '../../../../src/local/postgres-server.js';
import { startPostgres } from '../../../../src/local/postgres-server.js';
import {
  createAuthority,
  createCertificate,
  giveKeyTo,
  hasOpenssl,
  readPem,
} from '../../../support/certificates.js';
import { connectionTo } from './support.js';

const NAME = 'db.sluice.test';

describe.skipIf(!hasOpenssl)('TLS (needs the openssl command)', () => {
  let server: LocalPostgres;
  let directory: string;
  let ca: string;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'sluice-tls-'));
    createAuthority(directory);
    createCertificate(directory, 'server', NAME);
    server = await startPostgres({ version: '18' });
    ca = readPem(directory, 'ca.crt');
    giveKeyTo(server.dataDir, directory, 'server.key');
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
