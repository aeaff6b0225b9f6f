import { readdir, readFile } from 'node:fs/promises';

const TICKS_PER_SECOND = 100;

/**
 * Processor seconds that a server and all its processes, ended ones included, have used so far; NaN
 * where the system does not say (only Linux does). On a machine that others use too, this differs
 * less from run to run than the time on the clock.
 */
export async function serverCpuSeconds(postmaster: number | undefined): Promise<number> {
  const own = await ticksOf(postmaster);
  if (own === null) return Number.NaN;
  let ticks = own.self + own.endedChildren;
  for (const name of await readdir('/proc').catch(() => [])) {
    const child = /^\d+$/.test(name) ? await ticksOf(Number(name)) : null;
    if (child !== null && child.parent === postmaster) ticks += child.self;
  }
  return ticks / TICKS_PER_SECOND;
}

interface Ticks {
  readonly parent: number;
  readonly self: number;
  readonly endedChildren: number;
}

/** Fields as proc_pid_stat(5) numbers them, the name in parentheses taken away. */
async function ticksOf(pid: number | undefined): Promise<Ticks | null> {
  const text = await readFile(`/proc/${String(pid)}/stat`, 'utf8').catch(() => null);
  if (text === null) return null;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (n: number): number => Number(fields[n - 3]);
  return {
    parent: field(4),
    self: field(14) + field(15),
    endedChildren: field(16) + field(17),
  };
}
