import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { freePort } from '../../../src/local/free-port.js';
import { hasSignals } from '../../support/platform.js';
import { createDatabase, sharedPostgres, type TestDatabase } from '../../support/postgres.js';
import { waitFor } from '../../support/wait-for.js';
import { cliFolder, configText, IN_TIME, MAIN, type CliFolder } from './run-cli.js';

const server = sharedPostgres('18');
let folder: CliFolder;
let source: TestDatabase;
let target: TestDatabase;
let dev: ChildProcess | undefined;

afterEach(async () => {
  if (dev?.exitCode === null && dev.signalCode === null) {
    dev.kill('SIGTERM');
    await once(dev, 'exit');
  }
  folder.remove();
  await target.drop();
  await source.drop();
});

it('dev is a Temporal service with its Web UI and a worker, until Ctrl-C', async () => {
  folder = cliFolder();
  source = await createDatabase(server, 'dev source');
  target = await createDatabase(server, 'dev target');
  await source.query(`CREATE TABLE orders (id int PRIMARY KEY); INSERT INTO orders VALUES (1)`);
  const { host, port, user, password } = server;
  const side = { host, port, user };
  const [from, to] = [source, target].map(({ name }) => ({ ...side, database: name }));
  if (from === undefined || to === undefined) throw new Error('two sides');
  folder.write('sluice.yaml', configText({ source: from, target: to }));
  const [service, ui] = [await freePort(), await freePort()];
  // And where the Temporal CLI was put aside.
  const { PATH, HOME, XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  const env = { SOURCE_PASSWORD: password, TARGET_PASSWORD: password };
  const words = ['--port', String(service), '--ui-port', String(ui), '--no-db'];
  dev = spawn(process.execPath, [MAIN, 'dev', ...words], {
    cwd: folder.path,
    env: { PATH, HOME, XDG_CACHE_HOME, LOCALAPPDATA, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  dev.stderr?.on('data', (data: Buffer) => (said += data.toString()));
  await waitFor('it says where it is', () => said.includes('The worker is starting'));
  expect(said).toContain(`export TEMPORAL_ADDRESS=127.0.0.1:${String(service)}`);
  await waitFor(
    'its Web UI answers',
    async () => (await fetch(`http://127.0.0.1:${String(ui)}/`)).status === 200,
  );

  const temporal = { ...env, TEMPORAL_ADDRESS: `127.0.0.1:${String(service)}` };
  const started = await folder.run(['start', ...IN_TIME], temporal);
  expect(started.code, started.out + started.err).toBe(0);
  expect(await target.query('SELECT id FROM orders')).toEqual([{ id: 1 }]);

  dev.kill('SIGINT');
  await once(dev, 'exit');
  const isGone = async (): Promise<boolean> =>
    fetch(`http://127.0.0.1:${String(ui)}/`).then(
      () => false,
      () => true,
    );
  // Where it could not end in good order, its guardian ends the service a moment later.
  await waitFor('the service has ended', isGone, { timeoutMs: hasSignals ? 0 : 30_000 });
});
