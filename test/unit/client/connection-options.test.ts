import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporalSettings } from '../../../src/client/connection-options.js';

let directory: string;
let file: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-temporal-'));
  file = join(directory, 'some.pem');
  writeFileSync(file, 'a certificate');
});
afterAll(() => rmSync(directory, { recursive: true }));

describe('The Temporal service', () => {
  it('is the local one without a variable, and an empty variable is none', () => {
    const local = { address: '127.0.0.1:7233', namespace: 'default' };
    expect(temporalSettings({})).toMatchObject(local);
    const empty = { TEMPORAL_ADDRESS: '', TEMPORAL_NAMESPACE: '', TEMPORAL_API_KEY: '' };
    const { connection, ...rest } = temporalSettings({ ...empty, TEMPORAL_TLS: '' });
    expect(rest).toEqual(local);
    expect(connection.tls).toBeUndefined();
    expect(connection.apiKey).toBeUndefined();
  });

  it.each([
    ['an authority', { TEMPORAL_TLS_SERVER_CA_CERT_PATH: 'FILE' }],
    ['a name', { TEMPORAL_TLS_SERVER_NAME: 'temporal.example' }],
    ['TEMPORAL_TLS', { TEMPORAL_TLS: 'true' }],
    ['a key', { TEMPORAL_API_KEY: 'k' }],
    [
      'a certificate',
      { TEMPORAL_TLS_CLIENT_CERT_PATH: 'FILE', TEMPORAL_TLS_CLIENT_KEY_DATA: 'text of a key' },
    ],
  ])('is spoken to over TLS where %s is given', (_what, env) => {
    const { connection } = temporalSettings(withFile(env));
    expect(connection.tls).not.toBeUndefined();
    expect(connection.tls).not.toBe(false);
  });

  it('is spoken to in the clear where that is said, even with a key', () => {
    const { connection } = temporalSettings({ TEMPORAL_API_KEY: 'k', TEMPORAL_TLS: 'false' });
    expect(connection).toMatchObject({ apiKey: 'k', tls: false });
  });

  it.each([
    ['TEMPORAL_TLS_SERVER_CA_CERT_PATH names /no/such.pem', 'TEMPORAL_TLS_SERVER_CA_CERT_PATH'],
    ['TEMPORAL_TLS_CLIENT_KEY_PATH names /no/such.pem', 'TEMPORAL_TLS_CLIENT_KEY_PATH'],
  ])('is not looked for where a file cannot be read: %s', (message, name) => {
    expectRefusal({ [name]: '/no/such.pem' }, message);
  });

  it('is not looked for where half a pair would be left out in silence', () => {
    const missing = 'TEMPORAL_TLS_CLIENT_CERT… is set without TEMPORAL_TLS_CLIENT_KEY…';
    expectRefusal({ TEMPORAL_TLS_CLIENT_CERT_PATH: 'FILE' }, missing);
    const other = 'TEMPORAL_TLS_CLIENT_KEY… is set without TEMPORAL_TLS_CLIENT_CERT…';
    expectRefusal({ TEMPORAL_TLS_CLIENT_KEY_DATA: 'text' }, other);
    const [path, data] = ['TEMPORAL_TLS_SERVER_CA_CERT_PATH', 'TEMPORAL_TLS_SERVER_CA_CERT_DATA'];
    expectRefusal({ [path]: 'FILE', [data]: 'text' }, `${path} and ${data} are both set.`);
  });
});

function expectRefusal(env: Record<string, string>, message: string): void {
  const refusal: unknown = expect.objectContaining({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining(message) as unknown,
  });
  expect(() => temporalSettings(withFile(env))).toThrow(refusal);
}

function withFile(env: Readonly<Record<string, string | undefined>>): NodeJS.ProcessEnv {
  const entries = Object.entries(env);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, value === 'FILE' ? file : value]),
  );
}
