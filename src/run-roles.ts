/** The workers of a process, one for each role: they run together and end together. */
import type { Worker } from '@temporalio/worker';

export interface RunningRoles {
  /** Resolves when every role has drained; rejects, then too, with what ended the first that failed. */
  readonly ended: Promise<void>;
  shutdown(): void;
}

/** A role that fails ends the others: a process that does half of its work would look alive. */
export function runRoles(
  workers: readonly Pick<Worker, 'run' | 'shutdown' | 'getState'>[],
): RunningRoles {
  const shutdown = (): void => {
    for (const one of workers) if (one.getState() === 'RUNNING') one.shutdown();
  };
  let failure: { readonly thrown: unknown } | null = null;
  const runs = workers.map((one) =>
    one.run().catch((thrown: unknown) => {
      failure ??= { thrown };
      shutdown();
    }),
  );
  const ended = Promise.all(runs).then(() => {
    if (failure !== null) throw failure.thrown;
  });
  return { ended, shutdown };
}

/** In their order, and each whatever became of those before it. Throws what went wrong first. */
export async function closeEach(closing: readonly (() => unknown)[]): Promise<void> {
  let failure: { readonly thrown: unknown } | null = null;
  for (const close of closing) {
    try {
      await close();
    } catch (thrown) {
      failure ??= { thrown };
    }
  }
  if (failure !== null) throw failure.thrown;
}
