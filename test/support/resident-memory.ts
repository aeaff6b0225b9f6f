import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Whether `residentMb` works here; the title of a test says so where it does not. */
export const canMeasure = process.platform !== 'win32';
export const NEEDS_MEASURE = canMeasure ? '' : ' (needs ps, which Windows does not have)';

/** How much memory another process has. */
export function residentMb(pid: number): number {
  return (process.platform === 'linux' ? fromProc(pid) : fromPs(pid)) / 1024;
}

function fromProc(pid: number): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? NaN);
}

function fromPs(pid: number): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }));
}
