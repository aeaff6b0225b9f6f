/** The quick start of seed 000: three tables by their ModifiedDate into databases that are not there. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestMsDatabase } from '../../support/sqlserver/server.js';
import { databaseOf } from '../../support/sqlserver/server.js';
import { IN_TIME } from '../cli/run-cli.js';
import type { SeedScene } from './seed-scene.js';
import { openSeedScene, rowsOf, sqlOf } from './seed-scene.js';

const SAMPLE = new URL('../../../config/sample/sqlserver/', import.meta.url);

const DEFAULTS = `    defaults: { mode: incremental, watermark: { column: ModifiedDate }, poll: { incremental: 1s } }
`;
const TABLES = ['dbo.Employees', 'dbo.Projects', 'dbo.Tasks'];

function pipeline(tables: readonly string[]): string {
  return `    tables: { include: ${JSON.stringify(tables)} }\n${DEFAULTS}`;
}

describe('seed 000', () => {
  let scene: SeedScene;

  beforeAll(async () => {
    scene = await openSeedScene('company', 'enabled: true', pipeline(TABLES), 2);
    const master = databaseOf(scene.source.server, 'master');
    await master.sql('CREATE DATABASE company');
    for (const name of ['schema.sql', 'data.sql']) {
      await master.sql(readFileSync(new URL(name, SAMPLE), 'utf8'));
    }
    await scene.startWorker();
  });
  afterAll(async () => scene.close());

  test('the manual verification agrees on both replicas after the first copy', async () => {
    await scene.sluice('start', ...IN_TIME);
    for (const n of [1, 2]) await scene.until(`replica ${n} is equal`, () => agrees(n));
  });

  test('the employee of the performance test arrives', async () => {
    await scene.script('000-insert.sql');
    const mail = `SELECT FirstName, LastName, Department FROM dbo.Employees
      WHERE Email = 'test@company.com'`;
    for (const n of [1, 2]) {
      const rows = () => rowsOf(scene.replica(n), mail);
      await scene.until(`the row arrives on replica ${n}`, async () => (await rows()).length > 0);
      expect(await rows()).toEqual([{ FirstName: 'Test', LastName: 'User', Department: 'IT' }]);
      await scene.until(`replica ${n} is equal`, () => agrees(n));
    }
  });

  test('a replica that is added to the configuration is set up without a restart', async () => {
    scene.configure(pipeline(TABLES), 3);
    await scene.until('the third replica is equal', async () => {
      return (
        (await rowsOf(scene.replica(3), 'SELECT TaskID FROM dbo.Tasks')).length > 0 && agrees(3)
      );
    });
  });

  test('a table that is added to the configuration arrives on every replica', async () => {
    await scene.source.sql(`CREATE TABLE dbo.NewTable (
  NewTableID int IDENTITY(1, 1) PRIMARY KEY, Name nvarchar(50) NULL,
  ModifiedDate datetime2 NOT NULL DEFAULT SYSDATETIME());
INSERT INTO dbo.NewTable (Name) VALUES (N'first'), (N'second');`);
    scene.configure(pipeline([...TABLES, 'dbo.NewTable']), 3);
    for (const n of [1, 2, 3]) {
      await scene.until(`its rows are on replica ${n}`, async () => {
        return (await rowsOf(scene.replica(n), 'SELECT Name FROM dbo.NewTable')).length === 2;
      });
    }
  });

  async function agrees(n: number): Promise<boolean> {
    return (await answers(scene.source)) === (await answers(scene.replica(n)));
  }

  /** What the four SELECTs of the document say. */
  async function answers(database: TestMsDatabase): Promise<string> {
    const texts = sqlOf('000-check.sql')
      .split(/^GO$/m)
      .filter((text) => text.trim() !== '');
    const rows = await Promise.all(texts.map((text) => rowsOf(database, text)));
    return JSON.stringify(rows);
  }
});
