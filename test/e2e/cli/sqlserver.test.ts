import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseOf, openSqlServer } from '../../support/sqlserver/server.js';
import type { TestMsDatabase, TestMsServer } from '../../support/sqlserver/server.js';
import { openTemporal, type TestTemporal } from '../../support/temporal.js';
import { waitFor } from '../../support/wait-for.js';
import { cliFolder, IN_TIME, MAIN, type CliFolder } from './run-cli.js';

let folder: CliFolder;
let temporal: TestTemporal;
let server: TestMsServer;
let source: TestMsDatabase;
let target: TestMsDatabase;
let env: NodeJS.ProcessEnv;
let worker: ChildProcess | null = null;

beforeAll(async () => {
  folder = cliFolder();
  temporal = await openTemporal('cli sqlserver');
  server = await openSqlServer();
  source = await server.createDatabase('cli source');
  target = databaseOf(server, `cli target ${String(Date.now())}`);
  env = { TEMPORAL_ADDRESS: temporal.address, TEMPORAL_NAMESPACE: temporal.namespace };
  await source.sql(`
    CREATE TABLE dbo.orders (id int NOT NULL PRIMARY KEY, note nvarchar(40) NULL);
    INSERT INTO dbo.orders VALUES (1, N'one'), (2, N'two'), (3, NULL);`);
});

afterAll(async () => {
  if (worker?.exitCode === null) {
    worker.kill('SIGTERM');
    await once(worker, 'exit');
  }
  folder.remove();
  await temporal.close();
  await source.drop();
  await server.close();
});

const sluice = (...argv: string[]) => folder.run(argv, env);

async function ok(...argv: string[]): Promise<string> {
  const { code, out, err } = await sluice(...argv);
  expect(code, out + err).toBe(0);
  return out;
}

/** Each test goes on where the one before it stood, as a user would. */
describe('from one SQL Server to another without editing', () => {
  it('init proposes to follow the change feed that it may switch on', async () => {
    await ok('init', '--source-url', source.url, '--target-url', target.url, '--yes');
    const written = readFileSync(join(folder.path, 'sluice.yaml'), 'utf8');
    expect(written).toContain('enableCdc: true');
    expect(written).not.toContain('mode: full');
    expect(written).not.toContain(server.password);
  });

  it('plan shows what would be copied and makes nothing', async () => {
    expect(await ok('plan')).toMatch(/dbo\.orders +create/);
    await expect(target.sql('SELECT 1')).rejects.toThrow();
  });

  it('start makes the target and waits until the rows are there; changes follow', async () => {
    worker = spawn(process.execPath, [MAIN, 'worker'], {
      cwd: folder.path,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
      stdio: 'ignore',
    });
    await ok('start', ...IN_TIME);
    const notes = async (): Promise<unknown[]> =>
      (await target.sql('SELECT note FROM dbo.orders ORDER BY id')).map(({ note }) => note);
    expect(await notes()).toEqual(['one', 'two', null]);
    await source.sql(`UPDATE dbo.orders SET note = N'three' WHERE id = 3`);
    await waitFor('the change is there', async () => (await notes())[2] === 'three', {
      timeoutMs: 90_000,
      intervalMs: 200,
    });
  });

  it('verify names a row that differs, and repairs just that one', async () => {
    await ok('verify', '--full');
    await target.sql(`UPDATE dbo.orders SET note = N'One' WHERE id = 1`);
    expect((await sluice('verify', '--full')).code).toBe(1);
    await sluice('verify', '--full', '--repair');
    await ok('verify', '--full');
    const [row] = await target.sql('SELECT note FROM dbo.orders WHERE id = 1');
    expect(row?.note).toBe('one');
  });

  it('remove ends it, says what goes and what stays on, and leaves the rows', async () => {
    await ok('stop');
    const { code, out, err } = await sluice('remove', '--yes');
    const said = out + err;
    expect(code, said).toBe(0);
    expect(said).toMatch(/on the source: capture instance sluice_/);
    expect(said).toMatch(/stays on the source: Change Data Capture .* sys\.sp_cdc_disable_db/);
    expect(await target.sql('SELECT id FROM dbo.orders')).toHaveLength(3);
    const left = await source.sql(
      `SELECT capture_instance FROM cdc.change_tables WHERE capture_instance LIKE 'sluice%'`,
    );
    expect(left).toEqual([]);
  });
});

describe('what a SQL Server refuses', () => {
  const tls = (): string =>
    server.standIn === null ? 'trustServerCertificate: true' : 'tls: { mode: disable }';
  const connection = (database: string, password: string): string =>
    `{ engine: sqlserver, host: ${server.host}, port: ${String(server.port)}, database: ${JSON.stringify(database)}, user: ${server.user}, password: "\${${password}}", ${tls()} }`;
  const config = (from: string, to: string, tables = 'dbo.*'): string =>
    `version: 1
connections:
  a: ${from}
  b: ${to}
pipelines:
  shop: { source: a, targets: [b], tables: { include: ["${tables}"] } }
`;
  const cases: readonly [string, () => string, RegExp][] = [
    [
      'a wrong password',
      () => config(connection(source.name, 'WRONG'), connection(target.name, 'RIGHT')),
      /LOGIN_REFUSED/,
    ],
    [
      'a database that is not there',
      () => config(connection('nowhere', 'RIGHT'), connection(target.name, 'RIGHT')),
      /nowhere[\s\S]*DATABASE_MISSING/,
    ],
    [
      'no such table',
      () => config(connection(source.name, 'RIGHT'), connection(target.name, 'RIGHT'), 'dbo.oders'),
      /dbo\.oders[\s\S]*TABLE_UNKNOWN/,
    ],
    [
      'a source that is its own target',
      () => config(connection(source.name, 'RIGHT'), connection(source.name, 'RIGHT')),
      /SOURCE_IS_TARGET/,
    ],
  ];

  it.each(cases)('%s: one sentence with a code, and no stack', async (_what, text, expected) => {
    folder.write('bad.yaml', text());
    const { code, out, err } = await folder.run(['check', '--config', 'bad.yaml'], {
      ...env,
      RIGHT: server.password,
      WRONG: 'Not-the-1-password',
    });
    expect(code).not.toBe(0);
    expect(out + err).toMatch(expected);
    expect(out + err).not.toMatch(/^\s+at /m);
    expect(out + err).not.toContain(server.password);
  });
});
