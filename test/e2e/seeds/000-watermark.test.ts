/** The quick start of seed 000: three tables by their ModifiedDate into a database that is not there. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestMsDatabase } from '../../support/sqlserver/server.js';
import { databaseOf } from '../../support/sqlserver/server.js';
import { IN_TIME } from '../cli/run-cli.js';
import type { SeedScene } from './seed-scene.js';
import { openSeedScene, rowsOf, sqlOf } from './seed-scene.js';

const SAMPLE = new URL('../../../config/sample/sqlserver/', import.meta.url);

describe('seed 000', () => {
  let scene: SeedScene;

  beforeAll(async () => {
    scene = await openSeedScene(
      'company',
      'enabled: true',
      `    tables: { include: ["dbo.Employees", "dbo.Projects", "dbo.Tasks"] }
    defaults: { mode: incremental, watermark: { column: ModifiedDate }, poll: { incremental: 1s } }
`,
    );
    const master = databaseOf(scene.source.server, 'master');
    await master.sql('CREATE DATABASE company');
    for (const name of ['schema.sql', 'data.sql']) {
      await master.sql(readFileSync(new URL(name, SAMPLE), 'utf8'));
    }
    await scene.startWorker();
  });
  afterAll(async () => scene.close());

  test('the manual verification agrees after the first copy', async () => {
    await scene.sluice('start', ...IN_TIME);
    await scene.until('both sides are equal', agrees);
  });

  test('the employee of the performance test arrives', async () => {
    await scene.script('000-insert.sql');
    const mail = `SELECT FirstName, LastName, Department FROM dbo.Employees
      WHERE Email = 'test@company.com'`;
    await scene.until('the row arrives', async () => (await rowsOf(scene.target, mail)).length > 0);
    expect(await rowsOf(scene.target, mail)).toEqual([
      { FirstName: 'Test', LastName: 'User', Department: 'IT' },
    ]);
    await scene.until('both sides are equal', agrees);
  });

  async function agrees(): Promise<boolean> {
    return (await answers(scene.source)) === (await answers(scene.target));
  }

  /** What the four SELECTs of the document say. */
  async function answers(database: TestMsDatabase): Promise<string> {
    const texts = sqlOf('000-check.sql')
      .split(/^GO$/m)
      .filter((text) => text.trim() !== '');
    const rows = await Promise.all(texts.map((text) => database.sql(text)));
    return JSON.stringify(rows);
  }
});
