/** A target's database that is not there: whether Sluice may make it, and one that is only closed. */
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { inspectPipeline } from '../../../../src/cli/inspect/inspect.js';
import { allFindings } from '../../../../src/cli/inspect/inspection.js';
import { planOf } from '../../../../src/cli/inspect/plan.js';
import { openSqlServer, type TestMsServer } from '../../../support/sqlserver/server.js';
import { openPipeline, TARGET, type PipelineScene } from './pipeline-scene.js';

const LOGIN = `t_poor_${randomBytes(4).toString('hex')}`;
const PASSWORD = `Poor-${randomBytes(8).toString('hex')}`;

let server: TestMsServer;
let scene: PipelineScene;

beforeAll(async () => {
  server = await openSqlServer();
});
afterAll(async () => server.close());

beforeEach(async () => {
  scene = await openPipeline('to be made', { target: { createDatabase: true } }, server);
  await scene.source.sql(`
CREATE LOGIN ${LOGIN} WITH PASSWORD = N'${PASSWORD}', CHECK_POLICY = OFF
CREATE TABLE dbo.orders (id int NOT NULL PRIMARY KEY)`);
});
afterEach(async () => {
  await scene.source.sql(`DROP LOGIN ${LOGIN}`);
  await scene.close();
});

/** The configuration reads the target's URL from this file. */
async function connectTo(database: string, login?: string): Promise<void> {
  const url = new URL(server.url(database));
  if (login !== undefined) [url.username, url.password] = [login, PASSWORD];
  await writeFile(join(dirname(scene.configPath), 'to'), url.toString());
}

const inspect = async () => scene.use(async (session) => inspectPipeline(session, [TARGET]));

/** It is not announced as one to be made, and the reason is an error that names it. */
async function expectRefused(
  database: string,
  reason: { code: string; message: string; remedy: string },
): Promise<void> {
  const found = await inspect();
  expect(planOf(found).targets[0]?.creates.join()).not.toContain(database);
  expect(allFindings(found)).toContainEqual({ severity: 'error', subject: database, ...reason });
}

describe("a target's database", () => {
  it('that Sluice makes is named by plan', async () => {
    const absent = `t_absent_${randomBytes(4).toString('hex')}`;
    await connectTo(absent);
    expect(planOf(await inspect()).targets[0]?.creates).toContain(
      `the database ${absent} on ${TARGET}`,
    );
  });

  it('is refused before anything is made, where its login may not make it', async () => {
    const absent = `t_absent_${randomBytes(4).toString('hex')}`;
    await connectTo(absent, LOGIN);
    await expectRefused(absent, {
      code: 'target.create-database',
      message: `The login ${LOGIN} may not create the database ${absent}, and sees none of that name.`,
      remedy: expect.stringContaining(`GRANT CREATE ANY DATABASE TO [${LOGIN}]`) as string,
    });
    await expect(scene.reconcile()).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
  });

  it('that is there, but closed to its login, is not to be made', async () => {
    const { name } = scene.target;
    await connectTo(name, LOGIN);
    await expectRefused(name, {
      code: 'target.open-database',
      message: `The database ${name} is there, but the login ${LOGIN} cannot open it.`,
      remedy: expect.stringContaining(`CREATE USER [${LOGIN}] FOR LOGIN [${LOGIN}]`) as string,
    });
    await expect(scene.reconcile()).rejects.toMatchObject({
      code: 'DATABASE_MISSING',
      message: expect.stringContaining('may not be opened') as string,
    });
  });
});
