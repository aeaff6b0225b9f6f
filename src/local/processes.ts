import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly zombie: boolean;
}

/** Sends a signal; false when no such process exists. Never throws for a process that is gone. */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

/** Whether a process exists; a zombie nobody has reaped yet counts as existing. */
export function processExists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Kills a server and its direct children at once, as a power failure would, and returns when none
 * of them runs any more. The children of PostgreSQL are sessions of their own, so a signal to the
 * process group would not reach them.
 */
export async function killWithChildren(pid: number): Promise<void> {
  if (process.platform === 'win32') {
    await run('taskkill', ['/T', '/F', '/PID', String(pid)]).catch(() => undefined);
    await waitUntilGone([pid]);
    return;
  }
  sendSignal(pid, 'SIGSTOP');
  const children = (await listProcesses()).filter((row) => row.parent === pid);
  const victims = [...children.map((row) => row.pid), pid];
  for (const victim of victims) sendSignal(victim, 'SIGKILL');
  await waitUntilGone(victims);
}

/** Returns when none of these processes runs, or when the time is over; true in the first case. */
export async function waitUntilGone(pids: readonly number[], timeoutMs = 30_000): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const existing = pids.filter(processExists);
    if (existing.length === 0) return true;
    // In a container without an init process an orphan stays a zombie for ever. One that is not
    // listed has gone since it was seen.
    if (process.platform !== 'win32') {
      const rows = await listProcesses();
      const running = new Set(rows.filter((row) => !row.zombie).map((row) => row.pid));
      if (!existing.some((pid) => running.has(pid))) return true;
    }
    if (Date.now() > deadline) return false;
    await delay(20);
  }
}

/** The command line of a process; undefined where the platform does not tell. */
export async function commandLine(pid: number): Promise<string | undefined> {
  if (process.platform === 'win32') return undefined;
  if (process.platform === 'linux') {
    const text = await readFile(`/proc/${String(pid)}/cmdline`, 'utf8').catch(() => '');
    return text.replaceAll('\0', ' ');
  }
  // Without -ww the ps of macOS cuts a line at 79 characters where there is no terminal.
  const { stdout } = await run('ps', ['-ww', '-o', 'command=', '-p', String(pid)]).catch(() => ({
    stdout: '',
  }));
  return stdout;
}

async function listProcesses(): Promise<ProcessRow[]> {
  return process.platform === 'linux' ? listFromProc() : listFromPs();
}

async function listFromProc(): Promise<ProcessRow[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(
    names.map((name) => readFile(`/proc/${name}/stat`, 'utf8').catch(() => '')),
  );
  return stats.flatMap((stat) => {
    // The command's name is in brackets and may itself hold blanks and brackets.
    const match = /^(\d+) \(.*\) (\S) (\d+) (?:\S+ ){15}(\d+) /s.exec(stat);
    if (match === null) return [];
    // A process whose first thread has ended is listed as a zombie while others still run, and while
    // its files and ports are still open (proc_pid_stat(5): num_threads).
    const zombie = match[2] === 'Z' && Number(match[4]) <= 1;
    return [{ pid: Number(match[1]), parent: Number(match[3]), zombie }];
  });
}

async function listFromPs(): Promise<ProcessRow[]> {
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=,stat=']);
  return stdout.split('\n').flatMap((line) => {
    const [pid, parent, stat] = line.trim().split(/\s+/);
    if (pid === undefined || parent === undefined || stat === undefined) return [];
    return [{ pid: Number(pid), parent: Number(parent), zombie: stat.startsWith('Z') }];
  });
}
