/** The worker of the demo: a child process, so that killing it proves something. */
import { spawn } from 'node:child_process';
import { open, readFile, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { guard, release } from '../guardian.js';
import { sendSignal, waitUntilGone } from '../processes.js';
import { lastLines } from '../server-log.js';
import { DemoFailure } from './failure.js';
import type { PipelineConfig } from './pipeline-config.js';
import { until } from './until.js';
import type { Workspace } from './workspace.js';

const READY_TIMEOUT_MS = 60_000;
const COMMAND = fileURLToPath(new URL('../../cli/main.js', import.meta.url));

/** One at a time; the last one ends with the workspace. */
export class DemoWorker {
  #pid: number | undefined;

  constructor(
    private readonly config: PipelineConfig,
    private readonly workspace: Workspace,
  ) {
    // Killed, not asked to drain: its databases and its Temporal service are about to go, too.
    workspace.later(() => this.kill());
  }

  /** Of the process that runs now. */
  get pid(): number | undefined {
    return this.#pid;
  }

  /** Returns the process id when the worker serves its queues. */
  async start(): Promise<number> {
    const log = this.workspace.workerLog;
    const handle = await open(log, 'a', 0o600);
    const { size } = await stat(log);
    const child = spawn(process.execPath, [COMMAND, '--config', this.config.path, 'worker'], {
      // In a folder without a .env that could name other servers.
      cwd: this.workspace.directory,
      env: this.config.env,
      stdio: ['ignore', handle.fd, handle.fd],
      // A Ctrl-C in the terminal is for the demo, which ends its processes in its own order.
      detached: true,
      windowsHide: true,
    });
    let ended = false;
    child.once('error', () => (ended = true));
    child.once('exit', () => (ended = true));
    child.unref();
    await handle.close();
    const { pid } = child;
    if (pid === undefined) throw new DemoFailure('The worker could not be started.');
    this.#pid = pid;
    guard({ pid, signal: 'SIGKILL', directory: this.workspace.directory });
    await until('A worker that serves its queues', () => isReady(log, size, () => ended), {
      timeoutMs: READY_TIMEOUT_MS,
      everyMs: 100,
    });
    return pid;
  }

  /** SIGKILL: it can neither finish nor say goodbye. Idempotent. */
  async kill(): Promise<void> {
    const pid = this.#pid;
    if (pid === undefined) return;
    sendSignal(pid, 'SIGKILL');
    await waitUntilGone([pid]);
    release(pid);
    this.#pid = undefined;
  }
}

async function isReady(log: string, from: number, hasEnded: () => boolean): Promise<true | null> {
  if (hasEnded()) throw new DemoFailure(`The worker ended: ${await lastLines(log, from)}`);
  const text = (await readFile(log)).subarray(from).toString('utf8');
  return text.includes('The worker is ready.') ? true : null;
}
