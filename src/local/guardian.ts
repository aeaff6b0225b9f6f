/**
 * Servers that this process started must not outlive it, whether it exits, is interrupted or dies
 * (SIGKILL, out of memory). So a small process of its own waits for the end of a pipe that only this
 * process holds open, and then stops what is left. No signal handlers and no exit hooks here: those
 * belong to the program.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface Ward {
  readonly pid: number;
  /** The signal that ends this server in the way it should end when nobody waits for it. */
  readonly signal: NodeJS.Signals;
  /** Deleted after the server has ended: a temporary directory of this process. */
  readonly directory?: string | undefined;
}

const wards = new Set<number>();
let guardian: ChildProcess | undefined;

/** Stops the server soon after this process has ended, however it ends. */
export function guard({ pid, signal, directory }: Ward): void {
  wards.add(pid);
  guardian ??= startGuardian();
  tell({ add: pid, signal, directory: directory ?? null });
}

/** The server has ended, or belongs to somebody else from now on. */
export function release(pid: number): void {
  if (wards.delete(pid)) tell({ remove: pid });
}

/** Whether this process itself started and still runs the server with this process id. */
export function isGuarded(pid: number): boolean {
  return wards.has(pid);
}

function tell(message: object): void {
  guardian?.stdin?.write(`${JSON.stringify(message)}\n`);
}

function startGuardian(): ChildProcess {
  const script = fileURLToPath(new URL('./guardian-process.mjs', import.meta.url));
  const child = spawn(process.execPath, [script], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    windowsHide: true,
    // Flags such as --inspect or a loader of this process are not for that one.
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  // Neither the process nor its pipe keeps this process alive, and its death is no reason to die.
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  child.unref();
  if (canUnref(child.stdin)) child.stdin.unref();
  return child;
}

function canUnref(pipe: object): pipe is { unref(): void } {
  return 'unref' in pipe;
}
