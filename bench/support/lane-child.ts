import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { ReplicaUse } from './replica.js';

const use = z.object({ rssMb: z.number(), cpuSeconds: z.number() });

/** A process that has loaded a lane's code, with that of the engine, and waits for its job. */
export async function forkLane(
  engine: string,
  more: readonly string[] = [],
): Promise<ChildProcess> {
  // The same kind of file as this one: compiled or not.
  const file = new URL(`./lane-process${extname(import.meta.url)}`, import.meta.url);
  const loader = extname(import.meta.url) === '.ts' ? ['--import', 'tsx'] : [];
  const flags = process.env.BENCH_LANE_FLAGS?.split(' ') ?? [];
  const child = fork(fileURLToPath(file), [engine], { execArgv: [...loader, ...flags, ...more] });
  await once(child, 'message');
  return child;
}

export async function stopLane(child: ChildProcess): Promise<ReplicaUse> {
  const said = once(child, 'message');
  child.send('stop');
  const answers: unknown[] = await said;
  return use.parse(answers[0]);
}

/** The lane ends; its process waits for the next job. */
export async function pauseLane(child: ChildProcess): Promise<void> {
  const said = once(child, 'message');
  child.send('pause');
  await said;
}
