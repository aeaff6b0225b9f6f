import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { canEnter } from '../../../src/local/server-user.js';
import { commandLine, sendSignal, waitUntilGone } from '../../../src/local/processes.js';
import { waitFor } from '../../support/wait-for.js';

const SLEEPER = 'setInterval(() => undefined, 1000)';

/** Its first thread ends at once, as that of a killed server may; the other one at the end of stdin. */
const FIRST_THREAD_ENDED = `
import ctypes, os, threading
threading.Thread(target=lambda: os.read(0, 1)).start()
print('ready', flush=True)
ctypes.CDLL(None).pthread_exit(None)`;

const hasPython = spawnSync('python3', ['--version']).status === 0;

it('ends the servers and temporary directories of a process that was killed', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-test-'));
  const guardian = new URL('../../../src/local/guardian.ts', import.meta.url).href;
  const script = `
    import { spawn } from 'node:child_process';
    const { guard } = await import(${JSON.stringify(guardian)});
    const child = spawn(process.execPath, ['-e', ${JSON.stringify(SLEEPER)}], { detached: true });
    guard({ pid: child.pid, signal: 'SIGKILL', directory: ${JSON.stringify(directory)} });
    console.log(child.pid);
    setInterval(() => undefined, 1000);`;
  const args = ['--import', 'tsx', '--input-type=module', '-e', script];
  const parent = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const server = await new Promise<number>((resolve) => {
      parent.stdout.once('data', (text: Buffer) => {
        resolve(Number(text.toString()));
      });
    });
    expect(server).toBeGreaterThan(0);
    parent.kill('SIGKILL');
    expect(await waitUntilGone([server], 10_000)).toBe(true);
    await waitFor('the directory is deleted', () => !existsSync(directory), { timeoutMs: 10_000 });
  } finally {
    parent.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  }
});

it('says false for a signal to a process that has ended', async () => {
  const child = spawn(process.execPath, ['-e', '']);
  await new Promise((resolve) => child.once('exit', resolve));
  expect(sendSignal(Number(child.pid), 'SIGTERM')).toBe(false);
});

it.skipIf(process.platform !== 'linux' || !hasPython)(
  'does not take a process for ended as long as one of its threads runs (needs /proc and python3)',
  async () => {
    const child = spawn('python3', ['-c', FIRST_THREAD_ENDED]);
    const pid = Number(child.pid);
    try {
      await new Promise((resolve) => child.stdout.once('data', resolve));
      await waitFor('its first thread has ended', () =>
        readFileSync(`/proc/${String(pid)}/stat`, 'utf8').includes(' Z '),
      );
      expect(await waitUntilGone([pid], 0)).toBe(false);
      child.stdin.end();
      expect(await waitUntilGone([pid], 10_000)).toBe(true);
    } finally {
      child.kill('SIGKILL');
    }
  },
);

it.skipIf(process.platform === 'win32')(
  'tells the whole command line also where ps tells it, as on macOS (needs ps)',
  async () => {
    const last = 'the-end-of-a-long-command-line';
    const child = spawn(process.execPath, ['-e', SLEEPER, 'x'.repeat(200), last]);
    // Where there is no terminal, the ps of macOS takes it for 80 characters wide.
    vi.stubEnv('COLUMNS', '80');
    const platform = vi.spyOn(process, 'platform', 'get').mockReturnValue('darwin');
    try {
      expect(await commandLine(Number(child.pid))).toContain(last);
    } finally {
      platform.mockRestore();
      vi.unstubAllEnvs();
      child.kill('SIGKILL');
    }
  },
);

it.skipIf(process.platform === 'win32')(
  'knows that a directory below a private one is out of reach of another user (needs file modes)',
  async () => {
    const home = mkdtempSync(join(tmpdir(), 'sluice-test-'));
    try {
      const stranger = { name: 'stranger', uid: 64_000, gid: 64_000 };
      expect(await canEnter(stranger, join(home, 'below'))).toBe(false);
      expect(await canEnter(undefined, join(home, 'below'))).toBe(true);
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  },
);
