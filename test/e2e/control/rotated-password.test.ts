import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { waitFor } from '../../support/wait-for.js';
import { runCli } from '../cli/run-cli.js';
import { Scene } from '../support/scene.js';

let scene: Scene;
let secret: string;

beforeAll(async () => {
  scene = await Scene.open({ label: 'rotated-password' });
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

test('a password that is rotated needs no restart, and sets no table aside meanwhile', async () => {
  await scene.targetSql(`alter role rotated password 'new'`);
  await scene.targetSql(
    `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'rotated'`,
  );
  await scene.sourceSql(`update a set note = 'two'`);
  await waitFor('the refused login is told', async () => {
    const { out, code } = await runCli(
      scene.directory,
      ['--config', scene.configPath, 'status'],
      scene.env,
    );
    return code === 3 && out.includes('refused the login');
  });
  await waitFor('the worker met it', () => scene.worker?.output.includes('LOGIN_REFUSED') === true);
  writeFileSync(secret, urlWith('new'));
  const note = async (): Promise<unknown> =>
    (await scene.targetSql<{ note: string }>('select note from a'))[0]?.note;
  await waitFor('the change arrives', async () => (await note()) === 'two', {
    timeoutMs: 90_000,
  });
  expect(await scene.tableStates()).toMatchObject([{ phase: 'streaming', epoch: '1' }]);
  expect(await scene.targetSql(`select 1 from sluice.error where table_id is not null`)).toEqual(
    [],
  );
});
