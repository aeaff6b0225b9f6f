import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSecretSource } from '../../../src/config/environment.js';
import { parseReferences } from '../../../src/config/references.js';
import { resolveConnection } from '../../../src/config/resolve-connection.js';
import { resolveSecrets } from '../../../src/config/secrets.js';
import { SluiceError } from '../../../src/core/errors.js';
import { engineConfigs } from '../../../src/engines/registry.js';
import { inFolder, load } from './support.js';

const source = (env: Record<string, string>, cwd = '/nonexistent') => createSecretSource(cwd, env);

function errorOf(body: () => unknown): SluiceError {
  try {
    body();
  } catch (error) {
    if (error instanceof SluiceError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('references', () => {
  it('are replaced at any depth, several in one value, other values untouched', () => {
    const value = { a: '${X}-${Y:-y}', b: ['$${X}', 5, { c: '${X}' }], d: true };
    expect(resolveSecrets(value, [], source({ X: 'x' }))).toEqual({
      a: 'x-y',
      b: ['${X}', 5, { c: 'x' }],
      d: true,
    });
  });

  it('take their default when the variable is not set or empty', () => {
    const read = (env: Record<string, string>) => resolveSecrets('${X:-d}', [], source(env));
    expect([read({}), read({ X: '' }), read({ X: 'x' })]).toEqual(['d', 'd', 'x']);
    expect(resolveSecrets('${X:-}', [], source({}))).toBe('');
  });

  it('to a variable that is missing or empty name it and the path, never a value', () => {
    for (const env of [{ OTHER: 'hunter2' }, { OTHER: 'hunter2', X: '' }]) {
      const path = ['connections', 'shopDb', 'password'];
      const error = errorOf(() => resolveSecrets('${OTHER}${X}', path, source(env)));
      expect(error.code).toBe('SECRET_MISSING');
      expect(error.message).toContain('X, which connections.shopDb.password refers to');
      expect(`${error.message}${error.remedy}`).not.toContain('hunter2');
    }
  });

  it('to a file are its text without the last line end, read anew every time', async () => {
    await inFolder({ secret: 'one\n' }, (cwd) => {
      const files = source({}, cwd);
      const read = () => resolveSecrets(`\${file:${join(cwd, 'secret')}}`, ['p'], files);
      expect(read()).toBe('one');
      writeFileSync(join(cwd, 'secret'), 'two');
      expect(read()).toBe('two');
      expect(resolveSecrets('${file:secret}', ['p'], files)).toBe('two');
      writeFileSync(join(cwd, 'secret'), '');
      expect(errorOf(read).code).toBe('SECRET_MISSING');
      chmodSync(join(cwd, 'secret'), 0o600);
    });
    const error = errorOf(() => resolveSecrets('${file:/no/such}', ['p'], source({})));
    expect(error.message).toContain('/no/such');
  });

  it('look at the real environment before .env, and at .env anew every time', async () => {
    await inFolder({ '.env': 'X=env-file\nY="quo ted"\n' }, (cwd) => {
      const both = source({ X: 'real' }, cwd);
      expect(resolveSecrets(['${X}', '${Y}'], [], both)).toEqual(['real', 'quo ted']);
      writeFileSync(join(cwd, '.env'), 'Y=rotated\n');
      expect(resolveSecrets('${Y}', [], both)).toBe('rotated');
      expect(process.env.Y).toBeUndefined();
    });
  });

  it('never lose literal text', () => {
    const literal = fc.string().filter((text) => !text.includes('$'));
    fc.assert(
      fc.property(literal, literal, (before, after) => {
        const segments = parseReferences(`${before}\${X}${after}`);
        const text = segments?.map((part) => (part.kind === 'literal' ? part.text : '|')).join('');
        expect(text).toBe(`${before}|${after}`);
      }),
    );
  });
});

const wrap = (keys: string) =>
  `version: 1\nconnections:\n  db: { engine: postgres, ${keys} }\npipelines: {}\n`;

async function resolved(keys: string, env: Record<string, string> = {}) {
  const { config } = await load(wrap(keys));
  return resolveConnection(config, 'db', engineConfigs, source(env));
}

describe('a resolved connection', () => {
  it.each(['host: 127.0.0.1', 'host: "::1"', 'host: localhost', 'socketDir: /run/postgresql'])(
    'does not ask for certificates on this machine (%s)',
    async (keys) => {
      expect((await resolved(`${keys}, database: d`)).tls.mode).toBe('prefer');
    },
  );

  it('verifies a server whose name only looks local', async () => {
    const { tls } = await resolved('host: localhost.example.com, database: d');
    expect(tls.mode).toBe('verifyFull');
  });

  it('has every default', async () => {
    expect(await resolved('host: h, database: d')).toEqual({
      name: 'db',
      engine: 'postgres',
      host: 'h',
      port: 5432,
      database: 'd',
      user: undefined,
      password: undefined,
      tls: {
        mode: 'verifyFull',
        ca: undefined,
        cert: undefined,
        key: undefined,
        serverName: undefined,
      },
      connectTimeout: 30_000,
      statementTimeout: 300_000,
      applicationName: 'sluice',
      session: {},
      pool: { min: 0, max: 50, idleTimeout: 30_000, healthCheckInterval: 60_000 },
      own: {},
    });
  });

  it('takes from a URL what the keys leave open', async () => {
    const U =
      'postgres://u%40x:p%3Aw@db.example:6000/shop?sslmode=verify-full&application_name=app&connect_timeout=5';
    const connection = await resolved("url: '${U}', connectTimeout: 7s", { U });
    expect(connection).toMatchObject({
      host: 'db.example',
      port: 6000,
      database: 'shop',
      user: 'u@x',
      password: 'p:w',
      tls: { mode: 'verifyFull' },
      applicationName: 'app',
      connectTimeout: 7000,
    });
  });

  it.each([
    ['postgres:///shop?host=/run/pg', { host: undefined, own: { socketDir: '/run/pg' } }],
    ['postgresql://u@%2Frun%2Fpg/shop', { host: undefined, own: { socketDir: '/run/pg' } }],
    ['postgres://[::1]:6000/shop', { host: '::1', port: 6000 }],
    ['postgres://h/shop?sslmode=disable', { tls: { mode: 'disable' } }],
  ])('understands %s', async (U, expected) => {
    expect(await resolved("url: '${U}'", { U })).toMatchObject(expected);
  });

  it('takes references in every value, the port and the engine’s own keys too', async () => {
    const keys =
      "host: '${H}', port: '${P}', database: d, session: { role: '${R}' }, replicationUrl: '${L}'";
    const env = { H: 'h', P: '6001', R: 'r', L: 'postgres://x/d' };
    expect(await resolved(keys, env)).toMatchObject({
      host: 'h',
      port: 6001,
      session: { role: 'r' },
      own: { replicationUrl: 'postgres://x/d' },
    });
  });

  it('refuses an unreadable URL or port without quoting it', async () => {
    for (const [keys, env] of [
      ["url: '${U}'", { U: 'hunter2 is no url' }],
      ["host: h, database: d, port: '${U}'", { U: 'hunter2' }],
    ] as const) {
      const { config } = await load(wrap(keys));
      const error = errorOf(() => resolveConnection(config, 'db', engineConfigs, source(env)));
      expect(error.code).toBe('CONFIG_INVALID');
      expect(`${error.message}${String(error.cause)}`).not.toContain('hunter2');
    }
  });

  it('leaves the loaded config with its references', async () => {
    const { config } = await load(wrap("url: '${U}'"));
    resolveConnection(config, 'db', engineConfigs, source({ U: 'postgres://h/d' }));
    expect(config.connections.db?.url).toBe('${U}');
    expect(Object.isFrozen(config.connections.db)).toBe(true);
  });
});
