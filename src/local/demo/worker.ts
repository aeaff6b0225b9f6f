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
const STOP_TIMEOUT_MS = 15_000;

export interface DemoWorker {
  readonly pid: number;
  /** SIGKILL: it can neither finish nor say goodbye. */
  kill(): Promise<void>;
  /** Lets it finish its batches first. */
  stop(): Promise<void>;
}

/** Starts a worker and returns when it serves its queues; it ends with the workspace. */
export async function startWorker(
  config: PipelineConfig,
  workspace: Workspace,
): Promise<DemoWorker> {
  const log = workspace.workerLog;
  const handle = await open(log, 'a', 0o600);
  const { size } = await stat(log);
  const script = fileURLToPath(new URL('./worker-process.js', import.meta.url));
  const child = spawn(process.execPath, [script, config.path], {
    // In a folder without a .env that could name other servers.
    cwd: workspace.directory,
    env: config.env,
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
  guard({ pid, signal: 'SIGKILL' });
  const worker = workerOf(pid);
  workspace.later(() => worker.stop());
  await until('A worker that serves its queues', () => isReady(log, size, ended), {
    timeoutMs: READY_TIMEOUT_MS,
    everyMs: 100,
  });
  return worker;
}

async function isReady(log: string, from: number, ended: boolean): Promise<true | null> {
  if (ended) throw new DemoFailure(`The worker ended: ${await lastLines(log, from)}`);
  const text = (await readFile(log)).subarray(from).toString('utf8');
  return text.includes('The worker is ready.') ? true : null;
}

function workerOf(pid: number): DemoWorker {
  let gone = false;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (gone) return;
    sendSignal(pid, signal);
    if (!(await waitUntilGone([pid], STOP_TIMEOUT_MS))) {
      sendSignal(pid, 'SIGKILL');
      await waitUntilGone([pid]);
    }
    gone = true;
    release(pid);
  };
  return { pid, kill: () => end('SIGKILL'), stop: () => end('SIGTERM') };
}
