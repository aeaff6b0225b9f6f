/** Tables that cannot follow as they are, or not as themselves: `check` and `plan` name each of them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSqlServer } from '../../support/sqlserver/server.js';
import type { TestMsDatabase, TestMsServer } from '../../support/sqlserver/server.js';
import { createLeastLogin, type LeastLogin } from '../engines/least-rights.js';
import { cliFolder, type CliFolder, type CliResult } from './run-cli.js';

/** A table, what stands behind its name in CREATE TABLE, and what is said of it: an error stops it. */
type Case = readonly [
  table: string,
  ddl: string,
  said: RegExp,
  severity: 'error' | 'warning' | 'info',
];

const ID = 'id int NOT NULL PRIMARY KEY';
const ANYWHERE: readonly Case[] = [
  [
    'dbo.salaries',
    `(${ID}, amount int MASKED WITH (FUNCTION = 'default()') NULL)`,
    /Column amount is masked and the login may not unmask it: .* GRANT UNMASK TO/,
    'error',
  ],
  [
    'dbo.doubled',
    '(n int NOT NULL, twice AS (n * 2) PERSISTED NOT NULL PRIMARY KEY)',
    /Column twice is computed: the target computes it by itself/,
    'info',
  ],
  [
    'dbo.keyless',
    '(n int NULL)',
    /neither a primary key nor a unique index .* Add a primary key, or choose mode full/,
    'info',
  ],
  [
    'dbo.stored_by_column',
    '(id int NOT NULL PRIMARY KEY NONCLUSTERED, INDEX cci CLUSTERED COLUMNSTORE)',
    /can follow it: it is a clustered columnstore. .* choose mode full/,
    'warning',
  ],
  [
    'dbo.mine',
    `(${ID})`,
    /A security policy filters its rows: .* Switch the policy off .* or exclude it/,
    'error',
  ],
  ['dbo.stamped', `(${ID}, at rowversion)`, /Column at is a rowversion/, 'info'],
  [
    'dbo.prices',
    `(${ID}, since datetime2 GENERATED ALWAYS AS ROW START NOT NULL,
      until datetime2 GENERATED ALWAYS AS ROW END HIDDEN NOT NULL,
      PERIOD FOR SYSTEM_TIME (since, until)) WITH (SYSTEM_VERSIONING = ON)`,
    /It is temporal: on the target it is a plain table/,
    'info',
  ],
];
const POLICY = `
CREATE FUNCTION dbo.is_mine (@id int) RETURNS TABLE WITH SCHEMABINDING AS RETURN SELECT 1 AS ok WHERE @id = 1
GO
CREATE SECURITY POLICY dbo.only_mine ADD FILTER PREDICATE dbo.is_mine(id) ON dbo.mine WITH (STATE = ON)`;
const ENCRYPTED = `ENCRYPTED WITH (COLUMN_ENCRYPTION_KEY = cek, ENCRYPTION_TYPE = DETERMINISTIC,
  ALGORITHM = 'AEAD_AES_256_CBC_HMAC_SHA_256')`;
/** A server needs features, keys or files for these that a container of it does not have by itself. */
const ON_THE_STAND_IN: readonly Case[] = [
  [
    'dbo.secrets',
    `(${ID}, card nvarchar(30) COLLATE Latin1_General_BIN2 ${ENCRYPTED} NULL)`,
    /Column card is encrypted \(Always Encrypted\): .* only ciphertext.* Exclude/,
    'error',
  ],
  [
    'dbo.scans',
    `(${ID}, row uniqueidentifier ROWGUIDCOL NOT NULL UNIQUE, scan varbinary(max) FILESTREAM NULL)`,
    /Column scan is a FILESTREAM: .* Exclude/,
    'error',
  ],
  [
    'dbo.places',
    `(${ID}, place dbo.Point NULL)`,
    /Column place .* CLR type Point.* Exclude/,
    'error',
  ],
  [
    'dbo.elsewhere',
    "(id int NOT NULL) WITH (LOCATION = N'other.dbo.t', DATA_SOURCE = other)",
    /an external table: its rows are on another server.* Exclude it/,
    'error',
  ],
  ['dbo.files', 'AS FILETABLE', /a FileTable: its rows are files.* Exclude it/, 'error'],
  ['dbo.people', `(${ID}) AS NODE`, /node or edge table of a graph, .* Exclude it/, 'error'],
  [
    'dbo.knows',
    '(since date NULL) AS EDGE',
    /node or edge table of a graph, .* Exclude it/,
    'error',
  ],
  [
    'dbo.fast',
    '(id int NOT NULL PRIMARY KEY NONCLUSTERED) WITH (MEMORY_OPTIMIZED = ON)',
    /can follow it: .*memory.* watermark column \(mode incremental\), or choose mode full/,
    'warning',
  ],
];

describe('11.5, 11.14: kinds of tables and columns, by the command line', () => {
  let folder: CliFolder;
  let server: TestMsServer;
  let source: TestMsDatabase;
  let target: TestMsDatabase;
  let login: LeastLogin;
  let cases: readonly Case[];

  beforeAll(async () => {
    folder = cliFolder();
    server = await openSqlServer();
    source = await server.createDatabase('kinds source');
    target = await server.createDatabase('kinds target');
    cases = [...ANYWHERE, ...(server.standIn === null ? [] : ON_THE_STAND_IN)];
    if (server.standIn !== null) {
      await source.sql('CREATE TYPE dbo.Point EXTERNAL NAME shapes.[Shapes.Point]');
    }
    for (const [table, ddl] of cases) {
      const what = ddl.includes('DATA_SOURCE') ? 'EXTERNAL TABLE' : 'TABLE';
      await source.sql(`CREATE ${what} ${table} ${ddl}`);
    }
    await source.sql(POLICY);
    login = await createLeastLogin(source, 'source');
    const tls = server.standIn === null ? 'trustServerCertificate: true' : 'tls: { mode: disable }';
    folder.write(
      'sluice.yaml',
      `version: 1
connections:
  a: { engine: sqlserver, url: "\${SOURCE_URL}", ${tls} }
  b: { engine: sqlserver, url: "\${TARGET_URL}", ${tls} }
pipelines:
  shop: { source: a, targets: [b], tables: { include: ["dbo.*"] } }
`,
    );
  });
  afterAll(async () => {
    folder.remove();
    await login.drop();
    await source.drop();
    await target.drop();
    await server.close();
  });

  const sluice = (...argv: string[]): Promise<CliResult> =>
    folder.run(argv, { SOURCE_URL: login.url, TARGET_URL: target.url });

  it('check names table, column and remedy, each by its severity, and refuses with one code', async () => {
    const { code, out, err } = await sluice('check', '--no-temporal', '--all');
    const lines = out.split('\n');
    for (const [table, , said, severity] of cases) {
      const own = lines.filter((line) => line.includes(`${table}:`) && said.test(line));
      expect.soft(own, `${table}\n${out}`).toHaveLength(1);
      expect.soft(own[0]?.trim().split(' ')[0], table).toBe(severity);
    }
    expect(err + out).not.toMatch(/^\s+at /m);
    expect(code).toBe(1);
  });

  it('plan shows each as an obstacle or as what differs, and ends with the same code', async () => {
    const { code, out, err } = await sluice('plan');
    for (const [table, , said, severity] of cases) {
      const action = new RegExp(`^ *${table.replace('.', '\\.')} +(\\w+)`, 'm').exec(out)?.[1];
      expect.soft(action, table).toBe(severity === 'error' ? 'obstacle' : 'create');
      if (severity === 'error') expect.soft(out, table).toMatch(said);
    }
    expect(err + out).not.toMatch(/^\s+at /m);
    expect(code).toBe(1);
  });

  it('is content once the remedies have been followed', async () => {
    await source.sql(`GRANT UNMASK TO ${decodeURIComponent(new URL(login.url).username)}`);
    const errors = cases.filter(([, , , severity]) => severity === 'error').map(([table]) => table);
    const { out } = await sluice('plan', '--json');
    const plans: unknown = JSON.parse(out);
    const left = errors.filter((table) => table !== 'dbo.salaries');
    expect(subjectsOf(plans)).toEqual(left.sort());
  });
});

function subjectsOf(plans: unknown): string[] {
  if (!Array.isArray(plans)) throw new Error('plan --json is an array');
  return plans
    .flatMap((plan: { obstacles: { subject: string }[] }) => plan.obstacles)
    .map(({ subject }) => subject)
    .sort();
}
