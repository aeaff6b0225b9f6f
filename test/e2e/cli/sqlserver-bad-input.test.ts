import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openSqlServer } from '../../support/sqlserver/server.js';
import type { TestMsDatabase, TestMsServer } from '../../support/sqlserver/server.js';
import { openTemporal, type TestTemporal } from '../../support/temporal.js';
import { waitFor } from '../../support/wait-for.js';
import { cliFolder, IN_TIME, MAIN, type CliFolder, type CliResult } from './run-cli.js';

let folder: CliFolder;
let temporal: TestTemporal;
let server: TestMsServer;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  folder = cliFolder();
  temporal = await openTemporal('cli sqlserver bad input');
  server = await openSqlServer();
  env = { TEMPORAL_ADDRESS: temporal.address, TEMPORAL_NAMESPACE: temporal.namespace };
});
afterAll(async () => {
  folder.remove();
  await temporal.close();
  await server.close();
});

function configure(source: TestMsDatabase, target: TestMsDatabase, more = ''): void {
  folder.write('.env', `SOURCE_URL=${source.url}\nTARGET_URL=${target.url}\n`);
  folder.write(
    'sluice.yaml',
    `version: 1
connections:
  a: { engine: sqlserver, url: "\${SOURCE_URL}" }
  b: { engine: sqlserver, url: "\${TARGET_URL}" }
pipelines:
  shop:
    source: { connection: a, enableCdc: true }
    targets: [b]
    tables: { include: ["*.*"] }
${more}`,
  );
}

const sluice = (...argv: string[]): Promise<CliResult> => folder.run(argv, env);

async function ok(...argv: string[]): Promise<string> {
  const { code, out, err } = await sluice(...argv);
  expect(code, out + err).toBe(0);
  return out;
}

describe('tables that cannot be replicated as they are', () => {
  let source: TestMsDatabase;
  let target: TestMsDatabase;
  const cases: readonly [what: string, onSource: string, onTarget: string, expected: RegExp][] = [
    [
      'a target table that lacks a column with values of its own',
      'CREATE TABLE dbo.other (id int NOT NULL PRIMARY KEY, stamp uniqueidentifier NOT NULL DEFAULT NEWID())',
      'CREATE TABLE dbo.other (id int NOT NULL PRIMARY KEY)',
      /dbo\.other lacks column stamp/,
    ],
    [
      'a target table whose column has another type',
      'CREATE TABLE dbo.wide (id int NOT NULL PRIMARY KEY, n bigint NULL)',
      'CREATE TABLE dbo.wide (id int NOT NULL PRIMARY KEY, n smallint NULL)',
      /dbo\.wide has .*\bn\b/,
    ],
    [
      'a target table whose column differs only in case',
      'CREATE TABLE dbo.cased (id int NOT NULL PRIMARY KEY, Note nvarchar(9) NULL)',
      'CREATE TABLE dbo.cased (id int NOT NULL PRIMARY KEY, note nvarchar(9) NULL)',
      /dbo\.cased has column note, which the source calls Note: the names differ only in case/,
    ],
    [
      'a key of a type by which rows cannot be found',
      'CREATE TABLE dbo.varied (id sql_variant NOT NULL PRIMARY KEY)',
      '',
      /dbo\.varied[\s\S]*Column id of its key is a sql_variant/,
    ],
  ];

  beforeAll(async () => {
    source = await server.createDatabase('bad source');
    target = await server.createDatabase('bad target');
    for (const [, onSource, onTarget] of cases) {
      await source.sql(onSource);
      if (onTarget !== '') await target.sql(onTarget);
    }
    configure(source, target);
  });
  afterAll(async () => {
    await source.drop();
    await target.drop();
  });

  it('check names each with its reason in one sentence, no stack', async () => {
    // Before it a target has nothing that tables could be compared by.
    await ok('state', 'init');
    const { code, out, err } = await sluice('check');
    const said = out + err;
    for (const [what, , , expected] of cases) expect.soft(said, what).toMatch(expected);
    expect(said).not.toMatch(/^\s+at /m);
    expect(code).not.toBe(0);
  });
});

/** Names are 128 units long and hold what SQL, globs, JSON and workflow ids take for themselves. */
const NASTY = `x]]y].[dbo].z "q" 'a' 😀 %_*?{}:/\\\\ é`;
const longest = (start: string) => `${start} ${NASTY} `.padEnd(128, '…').slice(0, 128);
const quote = (name: string) => `[${name.replaceAll(']', ']]')}]`;

describe.skipIf((process.env.SLUICE_TEST_SQLSERVER_URL ?? '') !== '')(
  'hostile names, and a target that is full (needs the stand-in)',
  () => {
    let source: TestMsDatabase;
    let target: TestMsDatabase;
    let worker: ChildProcess | null = null;
    const [schema, table, key, note] = [longest('s'), longest('t'), longest('k'), longest('n')];
    const place = `${quote(schema)}.${quote(table)}`;

    beforeAll(async () => {
      source = await server.createDatabase('hostile source');
      target = await server.createDatabase('hostile target');
      await source.sql(`CREATE SCHEMA ${quote(schema)}
GO
CREATE TABLE ${place} (${quote(key)} nvarchar(50) NOT NULL PRIMARY KEY, ${quote(note)} nvarchar(50) NULL)
GO
INSERT INTO ${place} VALUES (N'a', N'one'), (N'😀', N'two'), (N'', NULL)`);
      configure(source, target, '    attempts: 2\n    attemptWait: 1s\n');
    });
    afterEach(async () => {
      await target.sql('EXEC standin.clear_faults');
    });
    afterAll(async () => {
      if (worker?.exitCode === null) {
        worker.kill('SIGTERM');
        await once(worker, 'exit');
      }
      await source.drop();
      await target.drop();
    });

    const arm = (fault: object) =>
      target.sql(`EXEC standin.fault N'${JSON.stringify(fault).replaceAll("'", "''")}'`);
    const rows = async (side: TestMsDatabase): Promise<unknown[]> =>
      side.sql(`SELECT ${quote(key)} AS k, ${quote(note)} AS n FROM ${place} ORDER BY k`);

    it('the first copy waits while the target is full, and goes on when there is room', async () => {
      for (const number of [9002, 1105]) {
        await arm({
          ...{ kind: 'error', match: '^INSERT INTO \\[sluice_stage', times: 2 },
          ...{ number, level: 17 },
        });
      }
      worker = spawn(process.execPath, [MAIN, 'worker'], {
        cwd: folder.path,
        env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
        stdio: 'ignore',
      });
      await ok('start', ...IN_TIME);
      expect(await rows(target)).toEqual(await rows(source));
    });

    it('changes follow, and status, verify and remove say and do the right thing', async () => {
      await source.sql(`UPDATE ${place} SET ${quote(note)} = N'three' WHERE ${quote(key)} = N'😀'`);
      await source.sql(`DELETE FROM ${place} WHERE ${quote(key)} = N''`);
      await source.sql(`INSERT INTO ${place} VALUES (N']', N'four')`);
      await waitFor(
        'both sides are equal',
        async () => JSON.stringify(await rows(target)) === JSON.stringify(await rows(source)),
        { timeoutMs: 90_000, intervalMs: 200 },
      );
      const named = [schema, table].map((name) => `"${name.replaceAll('"', '""')}"`).join('.');
      expect(await ok('status', '--json')).toContain(JSON.stringify(named));
      await ok('verify', '--full');
      await ok('stop');
      await ok('remove', '--yes');
      expect(await rows(target)).toHaveLength(3);
    });
  },
);
