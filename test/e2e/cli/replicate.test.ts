import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasSignals, NEEDS_SIGNALS } from '../../support/platform.js';
import { createDatabase, sharedPostgres, type TestDatabase } from '../../support/postgres.js';
import { openTemporal, type TestTemporal } from '../../support/temporal.js';
import { cliFolder, IN_TIME, MAIN, type CliFolder } from './run-cli.js';

const server = sharedPostgres('18');
let folder: CliFolder;
let temporal: TestTemporal;
let source: TestDatabase;
let target: TestDatabase;
let worker: ChildProcess;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  folder = cliFolder();
  temporal = await openTemporal('cli');
  source = await createDatabase(server, 'cli source');
  target = await createDatabase(server, 'cli target');
  env = { TEMPORAL_ADDRESS: temporal.address, TEMPORAL_NAMESPACE: temporal.namespace };
  await source.query('CREATE TABLE orders (id int PRIMARY KEY, note text)');
  await source.query(`INSERT INTO orders SELECT g, 'n' || g FROM generate_series(1, 500) g`);
});

afterAll(async () => {
  if (worker?.exitCode === null) {
    worker.kill('SIGTERM');
    await once(worker, 'exit');
  }
  folder.remove();
  await temporal.close();
  await target.drop();
  await source.drop();
});

const sluice = (...argv: string[]) => folder.run(argv, env);

async function ok(...argv: string[]): Promise<string> {
  const { code, out, err } = await sluice(...argv);
  expect(code, out + err).toBe(0);
  return out;
}

/** Each test goes on where the one before it stood, as a user would. */
describe('from two databases to a replica without editing', () => {
  it('init writes no password where it cannot write the configuration', async () => {
    const config = join(folder.path, 'not', 'there.yaml');
    const urls = ['--source-url', source.url, '--target-url', target.url];
    const { code, err } = await sluice('--config', config, 'init', ...urls, '--yes');
    expect(code).toBe(2);
    expect(err).toMatch(/there\.yaml cannot be written; nothing was\. Make its folder/);
    expect(existsSync(join(folder.path, '.env'))).toBe(false);
  });

  it('init writes a configuration, and passwords only into .env', async () => {
    await ok('init', '--source-url', source.url, '--target-url', target.url, '--yes');
    expect(await ok('config', 'show')).not.toContain(server.password);
    const again = await sluice(
      'init',
      '--source-url',
      source.url,
      '--target-url',
      target.url,
      '--yes',
    );
    expect(again.code).toBe(2);
    expect(again.err).toContain('nothing was written');
  });

  it.skipIf(process.platform === 'win32')(
    'the file of the passwords is for this user alone (needs file modes)',
    () => {
      expect(statSync(join(folder.path, '.env')).mode & 0o777).toBe(0o600);
    },
  );

  it('plan shows what would be made and makes nothing', async () => {
    const out = await ok('plan');
    expect(out).toContain('creates the replication slot');
    expect(out).toMatch(/public\.orders +create +~/);
    expect(await target.query(`SELECT 1 FROM pg_namespace WHERE nspname = 'sluice'`)).toEqual([]);
  });

  it('start waits until every table follows', async () => {
    worker = spawn(process.execPath, [MAIN, 'worker', '--log-level', 'error'], {
      cwd: folder.path,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
      stdio: 'ignore',
    });
    await ok('start', ...IN_TIME);
    expect(await target.query('SELECT count(*)::int AS n FROM orders')).toEqual([{ n: 500 }]);
  });

  it('wait returns when a change has arrived', async () => {
    await source.query(`INSERT INTO orders VALUES (501, 'late')`);
    await ok('wait', ...IN_TIME);
    expect(await target.query('SELECT note FROM orders WHERE id = 501')).toEqual([
      { note: 'late' },
    ]);
  });

  const interrupted = `wait that is interrupted says that replication goes on${NEEDS_SIGNALS}`;
  it.skipIf(!hasSignals)(interrupted, async () => {
    worker.kill('SIGSTOP');
    try {
      await source.query(`UPDATE orders SET note = 'later' WHERE id = 501`);
      const { err, signal } = await folder.interrupt(['wait'], env, /to go/);
      expect(err).toContain('Nobody waits any longer; replication goes on.');
      expect(signal).toBe('SIGINT');
    } finally {
      worker.kill('SIGCONT');
    }
    await ok('wait', ...IN_TIME);
    expect(await target.query('SELECT note FROM orders WHERE id = 501')).toEqual([
      { note: 'later' },
    ]);
  });

  it('status says that all is well, and verify agrees', async () => {
    const [status] = JSON.parse(await ok('status', '--json')) as { health: string }[];
    expect(status?.health).toBe('ok');
    expect(await ok('verify', '--full')).toContain('1 passed, 0 failed');
  });

  it('status --watch draws it again, without colour where there is no terminal', async () => {
    const twice = /running, 1 worker[\s\S]*running, 1 worker/;
    const { signal, out } = await folder.interrupt(['status', '--watch'], env, twice);
    expect(signal).toBe('SIGINT');
    expect(out).not.toContain('\u001b');
  });

  it('verify finds a row that was changed on the target, and repairs just that', async () => {
    await target.query(`UPDATE orders SET note = 'N7' WHERE id = 7`);
    const found = await sluice('verify', '--full');
    expect(found.code).toBe(1);
    expect(found.out).toContain('public.orders');
    await ok('verify', '--full', '--repair');
    expect(await target.query('SELECT note FROM orders WHERE id = 7')).toEqual([{ note: 'n7' }]);
  });

  it('pause keeps changes, and resume applies them', async () => {
    await ok('pause', 'orders', '--reason', 'a test', ...IN_TIME);
    expect(await ok('status')).toContain('paused (a test)');
    await source.query(`INSERT INTO orders VALUES (502, 'kept')`);
    await ok('resume', 'orders', ...IN_TIME);
    await ok('wait', ...IN_TIME);
    expect(await target.query('SELECT note FROM orders WHERE id = 502')).toEqual([
      { note: 'kept' },
    ]);
  });

  it('a table that does not exist is named with the nearest one', async () => {
    const { code, err } = await sluice('resync', 'public.ordres');
    expect(code).toBe(2);
    expect(err).toContain('Did you mean public.orders?');
    for (const words of [['status'], ['tables'], ['tables', '--discovered'], ['verify']]) {
      const answer = await sluice(...words, 'public.ordres');
      expect(answer).toMatchObject({ code: 2, out: '' });
      expect(answer.err).toContain('Did you mean public.orders?');
    }
  });

  it('logs and errors tell what happened', async () => {
    expect(await ok('logs', '--limit', '100')).toContain('a test');
    expect(JSON.parse(await ok('errors', '--json'))).toBeInstanceOf(Array);
  });

  it('logs --follow tells what happens while it runs', async () => {
    const following = folder.interrupt(['logs', '--follow'], env, /while somebody looks/);
    await ok('pause', 'orders', '--reason', 'while somebody looks', ...IN_TIME);
    expect(await following).toMatchObject({ code: null, signal: 'SIGINT' });
    await ok('resume', 'orders', ...IN_TIME);
  });

  it('verify does not wait for a worker that is not there', async () => {
    const empty = await openTemporal('without a worker');
    const { code, err } = await folder.run(['verify'], {
      TEMPORAL_ADDRESS: empty.address,
      TEMPORAL_NAMESPACE: empty.namespace,
    });
    await empty.close();
    expect(code).toBe(3);
    expect(err).toMatch(/No worker serves the pipeline .*sluice worker.*WORKER_MISSING/);
  });

  it('stop says what stays, and remove takes away only what Sluice made', async () => {
    expect(await ok('stop')).toMatch(
      /its position is kept\. The source keeps [\d.]+ \w+ of log for it/,
    );
    const [schedule = ''] = (await ok('schedule', 'add', 'verify', '--cron', '0 3 * * *')).split(
      '\n',
    );
    const removed = await sluice('remove', '--yes');
    expect(removed).toMatchObject({ code: 0 });
    expect(removed.err).toContain(`in Temporal: the schedule ${schedule}\n`);
    // It would make the slot anew at night.
    const again = await sluice('schedule', 'remove', 'verify');
    expect(again.err).toContain(`There is no schedule ${schedule}.`);
    const slots = await source.query('SELECT 1 FROM pg_replication_slots WHERE database = $1', [
      source.name,
    ]);
    expect(slots).toEqual([]);
    expect(await target.query('SELECT count(*)::int AS n FROM orders')).toEqual([{ n: 502 }]);
  });
});
