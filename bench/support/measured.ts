/** Work in a process of its own, so that its processor time and memory are nobody else's. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const figures = z.object({
  seconds: z.number(),
  cpuSeconds: z.number(),
  /** The most that the process ever had. */
  rssMb: z.number(),
});

export type Measured = z.infer<typeof figures>;

/** In the child: wait for the job, make ready for it, then do it and say what that took. */
export function measureHere(prepare: (job: unknown) => Promise<() => Promise<void>>): void {
  process.on('message', (job) => {
    measured(prepare, job).then(
      (said) => process.send?.(said, () => process.exit(0)),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
  process.send?.('ready');
}

async function measured(
  prepare: (job: unknown) => Promise<() => Promise<void>>,
  job: unknown,
): Promise<Measured> {
  const work = await prepare(job);
  const began = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return {
    seconds: (performance.now() - began) / 1000,
    cpuSeconds: (user + system) / 1e6,
    rssMb: process.resourceUsage().maxRSS / 1024,
  };
}

/** @param file beside this one, without its ending */
export async function measure(file: string, job: object): Promise<Measured> {
  // The same kind of file as this one: compiled or not.
  const ending = extname(import.meta.url);
  const path = fileURLToPath(new URL(`./${file}${ending}`, import.meta.url));
  const flags = process.env.BENCH_CHILD_FLAGS?.split(' ') ?? [];
  const loader = ending === '.ts' ? ['--import', 'tsx'] : [];
  const child = fork(path, { execArgv: [...loader, ...flags] });
  const ended = once(child, 'exit').then(() => {
    throw new Error('A measured process ended before it had done its work.');
  });
  // Once it has said its figures, its end is no error.
  ended.catch(() => undefined);
  await Promise.race([once(child, 'message'), ended]);
  const said = once(child, 'message');
  child.send(job);
  const answers: unknown[] = await Promise.race([said, ended]);
  return figures.parse(answers[0]);
}
