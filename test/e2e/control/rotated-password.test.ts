import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { laneId } from '../../../src/core/ids.js';
import { waitFor } from '../../support/wait-for.js';
import { runCli } from '../cli/run-cli.js';
import { Scene } from '../support/scene.js';

let scene: Scene;
let secret: string;

beforeAll(async () => {
  // With more attempts Temporal itself tries again for minutes before the lane waits.
  scene = await Scene.open({ label: 'rotated-password', pipeline: '    attempts: 1' });
  secret = join(scene.directory, 'target-url');
  await scene.sourceSql(`create table a (id int primary key, note text);
    insert into a values (1, 'one')`);
  const text = readFileSync(scene.configPath, 'utf8');
  writeFileSync(scene.configPath, text.replace('${TARGET_0_URL}', '${file:' + secret + '}'));
  await scene.targetSql(`create role rotated login superuser password 'old'`, 0, 'postgres');
  writeFileSync(secret, urlWith('old'));
  await scene.startWorker();
  await scene.client.startPipeline(scene.pipeline);
  await scene.streaming();
});

afterAll(async () => {
  await scene.close();
});

function urlWith(password: string): string {
  const url = new URL(scene.target.url('shop'));
  [url.username, url.password] = ['rotated', password];
  return url.toString();
}

const status = async () =>
  runCli(scene.directory, ['--config', scene.configPath, 'status'], scene.env);

const laneStatus = z.object({ fault: z.string().nullable() });

async function laneFault(): Promise<string | null> {
  const id = laneId({ pipeline: scene.pipeline, target: 'to0', n: 0 });
  return laneStatus.parse(await scene.client.query(id)).fault;
}

test('a password that is rotated needs no restart, and sets no table aside meanwhile', async () => {
  await scene.targetSql(`alter role rotated password 'new'`);
  await scene.targetSql(
    `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'rotated'`,
  );
  await scene.sourceSql(`update a set note = 'two'`);
  await waitFor('the refused login is told', async () => {
    const { out, code } = await status();
    return code === 3 && out.includes('refused the login');
  });
  await waitFor('the worker met it', () => scene.worker?.output.includes('LOGIN_REFUSED') === true);
  await waitFor('the lane waits', async () => (await laneFault())?.includes('LOGIN_REFUSED'));
  writeFileSync(secret, urlWith('new'));
  const note = async (): Promise<unknown> =>
    (await scene.targetSql<{ note: string }>('select note from a'))[0]?.note;
  await waitFor('the change arrives', async () => (await note()) === 'two', {
    timeoutMs: 90_000,
  });
  // The lane applies for hours from here on; what it waited for is forgotten.
  await waitFor('the lane waits no more', async () => (await laneFault()) === null);
  await waitFor('all is well', async () => (await status()).code === 0);
  expect(await scene.tableStates()).toMatchObject([{ phase: 'streaming', epoch: '1' }]);
  expect(await scene.targetSql(`select 1 from sluice.error where table_id is not null`)).toEqual(
    [],
  );
});
