import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../../../src/local/free-port.js';
import {
  createDatabase,
  sharedPostgres,
  withServer,
  type TestDatabase,
} from '../../support/postgres.js';
import { cliFolder, configText, type CliFolder, type ConfigParts } from './run-cli.js';

const server = sharedPostgres('18');
const admin = { host: server.host, port: server.port, user: server.user };

let folder: CliFolder;
let source: TestDatabase;
let target: TestDatabase;

beforeEach(async () => {
  folder = cliFolder();
  source = await createDatabase(server, 'bad input source');
  target = await createDatabase(server, 'bad input target');
  await source.query('CREATE TABLE orders (id int PRIMARY KEY, note text)');
  await source.query(`INSERT INTO orders VALUES (1, 'a secret note')`);
});

afterEach(async () => {
  folder.remove();
  await source.drop();
  await target.drop();
});

interface Start {
  readonly source?: Partial<ConfigParts['source']>;
  readonly target?: Partial<ConfigParts['target']>;
  readonly pipeline?: string;
  readonly sourcePassword?: string;
  readonly targetPassword?: string;
}

async function start(given: Start = {}) {
  folder.write(
    'sluice.yaml',
    configText({
      source: { ...admin, database: source.name, ...given.source },
      target: { ...admin, database: target.name, ...given.target },
      ...(given.pipeline === undefined ? {} : { pipeline: given.pipeline }),
    }),
  );
  return folder.run(['start', '--detach'], {
    SOURCE_PASSWORD: given.sourcePassword ?? server.password,
    TARGET_PASSWORD: given.targetPassword ?? server.password,
    TEMPORAL_ADDRESS: `127.0.0.1:${String(await freePort())}`,
  });
}

interface Expected {
  readonly code: number;
  /** The thing, and what to do about it. */
  readonly says: readonly (string | RegExp)[];
}

/** One message that names thing and remedy, and nothing that only a developer understands. */
function expectOneMessage(result: Awaited<ReturnType<typeof start>>, expected: Expected): void {
  const all = result.out + result.err;
  const messages = result.err.split('\n').filter((line) => line.startsWith('error'));
  expect(messages, all).toHaveLength(1);
  for (const text of expected.says) expect(messages[0]).toMatch(text);
  expect(all).not.toMatch(/^ {4}at |node_modules|a secret note/m);
  expect(result.code).toBe(expected.code);
}

/** Nothing was made on either side. */
async function expectUntouched(): Promise<void> {
  const left = await source.query<{ made: string }>(
    `SELECT slot_name AS made FROM pg_replication_slots WHERE database = $1
     UNION ALL SELECT pubname FROM pg_publication`,
    [source.name],
  );
  expect(left).toEqual([]);
  const schemas = await target.query(`SELECT 1 FROM pg_namespace WHERE nspname LIKE 'sluice%'`);
  expect(schemas).toEqual([]);
}

describe('a database that cannot be used', () => {
  it('is named when it does not exist', async () => {
    const result = await start({ source: { database: 'nowhere' } });
    expectOneMessage(result, { code: 3, says: ['nowhere', 'does not exist', /Correct|create/] });
    await expectUntouched();
  });

  it('is named when nobody answers there', async () => {
    const port = await freePort();
    const result = await start({ source: { port } });
    expectOneMessage(result, { code: 3, says: [String(port), 'SERVER_UNREACHABLE'] });
    await expectUntouched();
  });

  it('is named when it refuses the password', async () => {
    const result = await start({ sourcePassword: 'wrong' });
    expectOneMessage(result, { code: 3, says: [source.name, 'LOGIN_REFUSED'] });
    expect(result.out + result.err).not.toContain('wrong');
    await expectUntouched();
  });

  it('is named when it is the target that does not exist', async () => {
    const result = await start({ target: { database: 'nowhere' } });
    expectOneMessage(result, { code: 3, says: ['replicaDb', 'nowhere', 'does not exist'] });
    const feeds = await source.query('SELECT 1 FROM pg_publication');
    expect(feeds).toEqual([]);
  });

  it('is named with the right that its role lacks', async () => {
    const role = `t_poor_${randomBytes(4).toString('hex')}`;
    await target.query(`CREATE ROLE ${role} LOGIN PASSWORD 'poor'`);
    try {
      const result = await start({ target: { user: role }, targetPassword: 'poor' });
      const says = [role, target.name, `GRANT CREATE ON DATABASE`];
      expectOneMessage(result, { code: 1, says });
      await expectUntouched();
    } finally {
      await target.query(`DROP ROLE ${role}`);
    }
  });

  it('is refused when it is the source itself, by whatever name', async () => {
    const result = await start({ target: { host: 'localhost', database: source.name } });
    expectOneMessage(result, { code: 1, says: ['replica', 'is the source itself', 'Point'] });
    await expectUntouched();
  });
});

describe('a source that cannot serve changes', () => {
  it('says which right is missing', async () => {
    const role = `t_poor_${randomBytes(4).toString('hex')}`;
    await source.query(`CREATE ROLE ${role} LOGIN PASSWORD 'poor'`);
    await source.query(`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`);
    try {
      const result = await start({ source: { user: role }, sourcePassword: 'poor' });
      expectOneMessage(result, {
        code: 1,
        says: [role, 'WITH REPLICATION'],
      });
      await expectUntouched();
    } finally {
      await source.query(`DROP OWNED BY ${role}`);
      await source.query(`DROP ROLE ${role}`);
    }
  });

  it('says that wal_level has to be logical', async () => {
    await withServer({ version: '18', settings: { wal_level: 'replica' } }, async (other) => {
      const { host, port, user, password } = other;
      const database = await createDatabase(urls(other), 'wal level');
      await database.query('CREATE TABLE orders (id int PRIMARY KEY)');
      const result = await start({
        source: { host, port, user, database: database.name },
        sourcePassword: password,
      });
      expectOneMessage(result, { code: 1, says: ['wal_level is replica', 'ALTER SYSTEM'] });
      await database.drop();
    });
  });

  it('says that no slot is free', async () => {
    await withServer({ version: '18', settings: { max_replication_slots: '1' } }, async (other) => {
      const { host, port, user, password } = other;
      const database = await createDatabase(urls(other), 'no slot');
      await database.query('CREATE TABLE orders (id int PRIMARY KEY)');
      await database.query(`SELECT pg_create_logical_replication_slot('taken', 'pgoutput')`);
      const result = await start({
        source: { host, port, user, database: database.name },
        sourcePassword: password,
      });
      expectOneMessage(result, { code: 1, says: ['max_replication_slots', '1 of 1', 'Run'] });
      await database.drop();
    });
  });
});

function urls(other: { host: string; port: number; user: string; password: string }) {
  const login = `${other.user}:${encodeURIComponent(other.password)}`;
  return {
    url: (database: string) =>
      `postgres://${login}@${other.host}:${String(other.port)}/${encodeURIComponent(database)}`,
  };
}

describe('a table that cannot be replicated', () => {
  it('is named when it does not exist, with the nearest one', async () => {
    const result = await start({ pipeline: `    tables: { include: [public.ordres] }` });
    expectOneMessage(result, { code: 2, says: ['public.ordres', 'Did you mean public.orders'] });
    await expectUntouched();
  });

  it('is named when it has no key and is to follow changes', async () => {
    await source.query('CREATE TABLE loose (a int)');
    const result = await start({
      pipeline: `    tables: { include: ['public.*'] }\n    defaults: { mode: cdc }`,
    });
    expectOneMessage(result, { code: 1, says: ['public.loose', 'primary key', 'mode: full'] });
    await expectUntouched();
  });

  it('is named with the other one that maps to the same target', async () => {
    await source.query('CREATE TABLE invoices (id int PRIMARY KEY)');
    const result = await start({
      pipeline:
        `    tables: { include: ['public.*'], settings: ` +
        `{ public.invoices: { target: { table: orders } } } }`,
    });
    const says = ['public.invoices', 'public.orders', 'map to', 'target:'];
    expectOneMessage(result, { code: 1, says });
    await expectUntouched();
  });

  it('is named when the target has rows of somebody else', async () => {
    await target.query('CREATE TABLE orders (id int PRIMARY KEY, note text)');
    await target.query(`INSERT INTO orders VALUES (7, 'theirs')`);
    const result = await start();
    expectOneMessage(result, { code: 1, says: ['public.orders', 'replica', 'existing: adopt'] });
    await expectUntouched();
    expect(await target.query('SELECT id FROM orders')).toEqual([{ id: 7 }]);
  });

  it('is named with the column whose type is not supported', async () => {
    await source.query('CREATE TABLE odd (id int PRIMARY KEY, whole orders)');
    const result = await start();
    expectOneMessage(result, { code: 1, says: ['public.odd', 'whole', 'exclude'] });
    await expectUntouched();
  });
});

describe('what is around it', () => {
  it('names the place in an invalid configuration', async () => {
    const result = await start({ pipeline: `    tabels: { include: ['public.*'] }` });
    expect(result.code).toBe(2);
    expect(result.err).toMatch(/^error: The config has .*\n(.*\n)*.*sluice\.yaml:\d+:\d+ .*tabels/);
    expect(result.err).not.toContain('    at ');
    await expectUntouched();
  });

  it('names the Temporal service that is not there', async () => {
    const result = await start();
    const says = [
      /No Temporal service answers at 127\.0\.0\.1:\d+/,
      'sluice dev',
      'TEMPORAL_ADDRESS',
    ];
    expectOneMessage(result, { code: 3, says });
    await expectUntouched();
  });
});
