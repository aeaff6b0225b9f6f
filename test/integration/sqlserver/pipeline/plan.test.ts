/** What `plan` says would be made on a SQL Server source, and what it does not say. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { inspectPipeline } from '../../../../src/cli/inspect/inspect.js';
import { allFindings } from '../../../../src/cli/inspect/inspection.js';
import { planOf } from '../../../../src/cli/inspect/plan.js';
import { openSqlServer, type TestMsServer } from '../../../support/sqlserver/server.js';
import { openPipeline, TARGET, type PipelineScene } from './pipeline-scene.js';

let server: TestMsServer;
let scene: PipelineScene;

beforeAll(async () => {
  server = await openSqlServer();
});
afterAll(async () => server.close());

beforeEach(async () => {
  scene = await openPipeline('plan', {}, server);
  await scene.source.sql(`CREATE TABLE dbo.orders (id int NOT NULL PRIMARY KEY, note nvarchar(9))`);
});
afterEach(async () => scene.close());

async function inspect() {
  return scene.use(async (session) => inspectPipeline(session, [TARGET]));
}

async function creates(): Promise<readonly string[]> {
  return planOf(await inspect()).targets[0]?.creates ?? [];
}

describe('plan', () => {
  it('names the switch of the database and the capture instance of each table', async () => {
    await scene.configure({ source: { enableCdc: true } });
    const made = await creates();
    expect(made).toContain(
      `Change Data Capture of the database ${scene.source.name} on the source`,
    );
    expect(made).toContain('a capture instance of dbo.orders on the source');
    expect(made.join()).not.toMatch(/publication|slot/);
  });

  it('names what Change Tracking needs', async () => {
    await scene.configure({ source: { enableChangeTracking: true } });
    expect(await creates()).toEqual(
      expect.arrayContaining([
        `Change Tracking of the database ${scene.source.name} on the source`,
        'Change Tracking of dbo.orders on the source',
      ]),
    );
    await scene.source.sql(`
      ALTER DATABASE CURRENT SET CHANGE_TRACKING = ON
      GO
      ALTER TABLE dbo.orders ENABLE CHANGE_TRACKING`);
    expect((await creates()).join()).not.toMatch(/Change Tracking/);
  });

  it('11.11: names a filegroup that the target lacks', async () => {
    await scene.configure({ source: { enableCdc: true } });
    const database = `[${scene.source.name.replaceAll(']', ']]')}]`;
    await scene.source.sql(`ALTER DATABASE ${database} ADD FILEGROUP archive
      GO
      ALTER DATABASE ${database} ADD FILE (NAME = archive2, FILENAME = '/tmp/${scene.source.name}.ndf')
        TO FILEGROUP archive
      GO
      CREATE TABLE dbo.stored (id int NOT NULL CONSTRAINT PK_stored PRIMARY KEY) ON archive`);
    const found = allFindings(await inspect()).filter(({ code }) => code === 'table.filegroup');
    expect(found).toMatchObject([
      {
        severity: 'info',
        message: expect.stringContaining('no filegroup archive: what dbo.stored') as string,
      },
    ]);
  });

  it('never says that a stopped Agent will be created', async (test) => {
    test.skip(scene.server.standIn === null, 'the Agent of a real server is not ours to stop');
    await scene.configure({ source: { enableCdc: true } });
    await scene.source.sql('EXEC sys.sp_cdc_enable_db');
    await scene.source.sql('EXEC standin.capture @running = 0');
    const findings = allFindings(await inspect());
    const agent = findings.filter(({ code }) => code.startsWith('feed.agent'));
    expect(agent.map(({ severity }) => severity)).toContain('error');
    expect((await creates()).join()).not.toMatch(/Agent/);
    expect(findings.filter(({ message }) => /Agent.*(created|set up)/.test(message))).toEqual([]);
  });
});
