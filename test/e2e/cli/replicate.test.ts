import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
    expect(statSync(join(folder.path, '.env')).mode & 0o777).toBe(0o600);
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

  it('status says that all is well, and verify agrees', async () => {
    const [status] = JSON.parse(await ok('status', '--json')) as { health: string }[];
    expect(status?.health).toBe('ok');
    expect(await ok('verify', '--full')).toContain('1 passed, 0 failed');
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
  });

  it('logs and errors tell what happened', async () => {
    expect(await ok('logs', '--limit', '100')).toContain('a test');
    expect(JSON.parse(await ok('errors', '--json'))).toBeInstanceOf(Array);
  });

  it('stop says what stays, and remove takes away only what Sluice made', async () => {
    expect(await ok('stop')).toContain('its position is kept');
    await ok('remove', '--yes');
    const slots = await source.query('SELECT 1 FROM pg_replication_slots WHERE database = $1', [
      source.name,
    ]);
    expect(slots).toEqual([]);
    expect(await target.query('SELECT count(*)::int AS n FROM orders')).toEqual([{ n: 502 }]);
  });
});
