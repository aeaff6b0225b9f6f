import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NativeConnection } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SluiceClient } from '../../src/client.js';
import { temporalSettings } from '../../src/client/connection-options.js';
import {
  createAuthority,
  createCertificate,
  hasOpenssl,
  readPem,
} from '../support/certificates.js';
import { refusingProxy, type TemporalProxy } from '../support/temporal-proxy.js';
import { sharedTemporalAddress } from '../support/temporal.js';

const NAME = 'temporal.sluice.test';

describe.skipIf(!hasOpenssl)('A Temporal service behind TLS (needs the openssl command)', () => {
  let directory: string;
  let service: TemporalProxy;
  let env: Record<string, string>;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'sluice-temporal-tls-'));
    createAuthority(directory);
    createCertificate(directory, 'server', NAME);
    createCertificate(directory, 'client', 'worker');
    service = await refusingProxy(sharedTemporalAddress(), [], {
      ca: readPem(directory, 'ca.crt'),
      cert: readPem(directory, 'server.crt'),
      key: readPem(directory, 'server.key'),
      requestCert: true,
      rejectUnauthorized: true,
    });
    env = {
      // By a name: the driver of the client warns of a certificate asked for by address.
      TEMPORAL_ADDRESS: service.address.replace('127.0.0.1', 'localhost'),
      TEMPORAL_TLS_SERVER_CA_CERT_PATH: join(directory, 'ca.crt'),
      TEMPORAL_TLS_SERVER_NAME: NAME,
      TEMPORAL_TLS_CLIENT_CERT_PATH: join(directory, 'client.crt'),
      TEMPORAL_TLS_CLIENT_KEY_PATH: join(directory, 'client.key'),
    };
  });
  afterAll(async () => {
    await service.close();
    rmSync(directory, { recursive: true });
  });

  test('is reached by a client and by a worker, with a certificate and a key', async () => {
    const settings = temporalSettings({ ...env, TEMPORAL_API_KEY: 'a-key' });
    const client = await SluiceClient.connect(settings);
    await client.close();
    const native = await NativeConnection.connect(settings.connection);
    await native.close();
    expect([...service.authorizations]).toEqual(['Bearer a-key']);
  });

  // Each waits for the whole time that a connection may take.
  test.concurrent.each([
    ['without a certificate', 'TEMPORAL_TLS_CLIENT', 'over TLS'],
    ['by another name than its certificate has', 'TEMPORAL_TLS_SERVER_NAME', 'over TLS'],
    ['that nobody knows the authority of', 'TEMPORAL_TLS_SERVER_CA', 'over TLS'],
    ['in the clear', 'TEMPORAL_TLS', 'without TLS'],
  ])('does not answer %s, and it is said how it was asked', async (_how, left, way) => {
    const entries = Object.entries(env).filter(([name]) => !name.startsWith(left));
    const attempt = SluiceClient.connect(temporalSettings(Object.fromEntries(entries)));
    await expect(attempt).rejects.toMatchObject({
      code: 'TEMPORAL_UNREACHABLE',
      message: `No Temporal service answers at ${env.TEMPORAL_ADDRESS} (${way}).`,
    });
  });
});

describe('A Temporal service that answers', () => {
  test('names the namespace that it does not have', async () => {
    const address = sharedTemporalAddress();
    const settings = { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: 'no-such-one' };
    await expect(SluiceClient.connect(temporalSettings(settings))).rejects.toMatchObject({
      code: 'TEMPORAL_REFUSED',
      message: `The Temporal service at ${address} has no namespace no-such-one.`,
    });
  });

  test('is said to refuse a login, but not one that may only not look at the namespace', async () => {
    const strict = await refusingProxy(sharedTemporalAddress(), ['GetSystemInfo']);
    const refused = SluiceClient.connect(temporalSettings({ TEMPORAL_ADDRESS: strict.address }));
    await expect(refused).rejects.toMatchObject({ code: 'TEMPORAL_REFUSED' });
    await strict.close();
    const mild = await refusingProxy(sharedTemporalAddress(), ['DescribeNamespace']);
    const client = await SluiceClient.connect(temporalSettings({ TEMPORAL_ADDRESS: mild.address }));
    expect(mild.refused).toEqual(['DescribeNamespace']);
    await client.close();
    await mild.close();
  });
});
