import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDatabase, sharedPostgres, type TestDatabase } from '../../support/postgres.js';
import { openTemporal, type TestTemporal } from '../../support/temporal.js';
import { cliFolder, IN_TIME, MAIN, type CliFolder } from './run-cli.js';
import { hasTerminal, TerminalSession } from './terminal.js';

const server = sharedPostgres('18');

describe.skipIf(!hasTerminal)('init in a terminal (needs script of util-linux)', () => {
  let folder: CliFolder;
  let temporal: TestTemporal;
  let source: TestDatabase;
  let target: TestDatabase;
  let worker: ChildProcess | undefined;

  beforeAll(async () => {
    temporal = await openTemporal('init by hand');
    source = await createDatabase(server, 'init source');
    await source.query(`CREATE TABLE orders (id int PRIMARY KEY, note text);
      INSERT INTO orders SELECT g, 'n' || g FROM generate_series(1, 100) g;
      CREATE TABLE keyless (note text); INSERT INTO keyless VALUES ('a'), ('b');
      CREATE UNLOGGED TABLE scratch (id int PRIMARY KEY)`);
  });
  beforeEach(async () => {
    folder = cliFolder();
    target = await createDatabase(server, 'init target');
  });
  afterEach(async () => {
    if (worker?.exitCode === null) {
      worker.kill('SIGTERM');
      await once(worker, 'exit');
    }
    folder.remove();
    await target.drop();
  });
  afterAll(async () => {
    await temporal.close();
    await source.drop();
  });

  const open = (...argv: string[]) => new TerminalSession(folder.path, ['init', ...argv]);
  const withPassword = (url: string, password: string): string => {
    const changed = new URL(url);
    changed.password = password;
    return changed.toString();
  };

  it('asks for two connections, says what it proposes and why, and what comes next', async () => {
    const terminal = open();
    await terminal.answer('Source (', source.url);
    await terminal.answer('Target (', target.url);
    await terminal.answer('(createPublication)', 'y');
    await terminal.answer('(createSlot)', '');
    expect(await terminal.end(), terminal.output).toBe(0);
    expect(terminal.output).toMatch(/public\.orders +cdc +id +~\d+ .*\w+/);
    expect(terminal.output).toMatch(/public\.keyless +full +- +~\d+ .*key/);
    expect(terminal.output).toMatch(/public\.scratch +left out .*unlogged/i);
    const next = /Next: sluice dev.* in another terminal: sluice (start)/.exec(terminal.output);
    expect(readdirSync(folder.path).sort()).toEqual(['.env', 'sluice.yaml']);

    // From there to a table that follows takes no editing.
    const env = { TEMPORAL_ADDRESS: temporal.address, TEMPORAL_NAMESPACE: temporal.namespace };
    worker = spawn(process.execPath, [MAIN, 'worker', '--log-level', 'error'], {
      cwd: folder.path,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
      stdio: 'ignore',
    });
    const started = await folder.run([next?.[1] ?? '', ...IN_TIME], env);
    expect(started.code, started.out + started.err).toBe(0);
    expect(await target.query('SELECT count(*)::int AS n FROM orders')).toEqual([{ n: 100 }]);
    expect(await target.query('SELECT count(*)::int AS n FROM keyless')).toEqual([{ n: 2 }]);
  });

  it('asks again after a wrong password, an unreachable server and a text that is no URL', async () => {
    const terminal = open();
    await terminal.answer('Source (', withPassword(source.url, 'wrong-s3cret'));
    await terminal.shows('refused the login');
    await terminal.answer('Source (', 'shop');
    await terminal.shows('no URL that Sluice knows');
    await terminal.answer('Source (', source.url);
    const nobody = new URL(target.url);
    nobody.port = '1';
    await terminal.answer('Target (', nobody.toString());
    await terminal.shows('cannot be reached');
    await terminal.answer('Target (', withPassword(target.url, 'wrong-s3cret'));
    await terminal.shows('refused the login');
    await terminal.answer('Target (', target.url);
    await terminal.answer('(createPublication)', 'n');
    await terminal.answer('(createSlot)', 'n');
    await terminal.end();
    expect(readFileSync(join(folder.path, '.env'), 'utf8')).not.toContain('wrong-s3cret');
    expect(readFileSync(join(folder.path, 'sluice.yaml'), 'utf8')).toContain(
      'createPublication: false',
    );
  });

  it('leaves a file that is there as it was, unless it is told to replace it', async () => {
    folder.write('sluice.yaml', 'mine: true\n');
    const declined = open();
    await declined.answer('Replace?', '');
    expect(await declined.end()).toBe(5);
    folder.write('.env', 'SLUICE_SOURCE_PASSWORD=of something else\n');
    const second = open('--source-url', source.url, '--target-url', target.url);
    await second.answer('Replace?', 'y');
    await second.answer('(createPublication)', '');
    await second.answer('(createSlot)', '');
    await second.answer('.env sets SLUICE_SOURCE_PASSWORD already. Replace?', 'n');
    expect(await second.end()).toBe(5);
    expect(readFileSync(join(folder.path, 'sluice.yaml'), 'utf8')).toBe('mine: true\n');
    expect(readFileSync(join(folder.path, '.env'), 'utf8')).toBe(
      'SLUICE_SOURCE_PASSWORD=of something else\n',
    );
  });

  it.each(['Source (', 'Target (', '(createPublication)', '(createSlot)'])(
    'Ctrl-C at "%s" leaves nothing, and says so by its exit code alone',
    async (question) => {
      const terminal = open();
      const answers = [
        ['Source (', source.url],
        ['Target (', target.url],
        ['(createPublication)', ''],
        ['(createSlot)', ''],
      ] as const;
      for (const [asked, text] of answers) {
        if (asked === question) break;
        await terminal.answer(asked, text);
      }
      await terminal.interruptAt(question);
      expect(await terminal.end(), terminal.output).toBe(130);
      expect(terminal.output).not.toMatch(/warning|error/i);
      expect(readdirSync(folder.path)).toEqual([]);
    },
  );
});
