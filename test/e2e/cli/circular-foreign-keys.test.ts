/** foreignKeys: enforce where the foreign keys of tables lead round in a circle. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEnd, shopLines, type End, type Kind } from '../engines/ends.js';
import { cliFolder, type CliFolder, type CliResult } from './run-cli.js';

const text: Readonly<Record<Kind, string>> = { sqlserver: 'nvarchar(9)', postgres: 'text' };

/** Two tables in a circle, one that only refers to them, and a tree. */
const tables = (kind: Kind): string => `
  CREATE TABLE dbo.firms (id int NOT NULL PRIMARY KEY, boss int NULL);
  CREATE TABLE dbo.people (
    id int NOT NULL PRIMARY KEY, note ${text[kind]} NULL, firm int NULL REFERENCES dbo.firms (id));
  ALTER TABLE dbo.firms ADD CONSTRAINT fk_boss FOREIGN KEY (boss) REFERENCES dbo.people (id);
  CREATE TABLE dbo.orders (id int NOT NULL PRIMARY KEY, firm int NULL REFERENCES dbo.firms (id));
  CREATE TABLE dbo.tree (id int NOT NULL PRIMARY KEY, up int NULL REFERENCES dbo.tree (id));`;

const CIRCLE =
  /foreign keys dbo\.(firms → dbo\.people → dbo\.firms|people → dbo\.firms → dbo\.people) form a circle/;
const REMEDY = /Write foreignKeys: keep, .* or exclude one of these tables\./;

const pairs: readonly [source: Kind, target: Kind, isNamed: boolean][] = [
  ['sqlserver', 'sqlserver', true],
  ['postgres', 'sqlserver', true],
  // There they are checked when a transaction ends, so a circle of them holds.
  ['sqlserver', 'postgres', false],
  ['postgres', 'postgres', false],
];

describe.each(pairs)('a circle of foreign keys, %s → %s', (from, to, isNamed) => {
  let folder: CliFolder;
  let source: End;
  let target: End;

  beforeAll(async () => {
    folder = cliFolder();
    source = await openEnd(from, 'source', false);
    target = await openEnd(to, 'target', false);
    await source.sql(tables(from));
  });
  afterAll(async () => {
    folder.remove();
    await source.close();
    await target.close();
  });

  async function sluice(command: string, foreignKeys: string, exclude = ''): Promise<CliResult> {
    const lines = [
      ...shopLines(source, target),
      '    source: { connection: from }',
      '    targets: { to: { connection: to, createDatabase: true } }',
      `    tables: { include: ["dbo.*"], exclude: [${exclude}] }`,
      '    defaults: { mode: full }',
      `    foreignKeys: ${foreignKeys}`,
      '',
    ];
    folder.write('sluice.yaml', lines.join('\n'));
    const env = { SOURCE_URL: source.url, TARGET_URL: target.url };
    const temporal = command === 'check' ? ['--no-temporal'] : [];
    return folder.run([command, ...temporal], env);
  }

  it(
    isNamed ? 'check and plan name its tables and the remedy' : 'is no matter to check and plan',
    async () => {
      for (const command of ['check', 'plan']) {
        const { code, out, err } = await sluice(command, 'enforce');
        const said = out + err;
        expect(said).not.toMatch(/^\s+at /m);
        expect(said).not.toMatch(/tree.*circle|orders.*circle/);
        if (isNamed) {
          expect(said).toMatch(CIRCLE);
          expect(said).toMatch(REMEDY);
          expect(said.match(/form a circle/g)).toHaveLength(1);
          if (command === 'check') expect(code).toBe(4);
        } else {
          expect(said).not.toContain('circle');
        }
      }
    },
  );

  if (!isNamed) return;
  it('is not named where the remedy has been followed', async () => {
    expect((await sluice('check', 'keep')).out).not.toContain('circle');
    expect((await sluice('check', 'enforce', '"dbo.people"')).out).not.toContain('circle');
  });
});
