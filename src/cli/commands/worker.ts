import type { CliContext } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { acting, type Register } from '../register.js';
import { withWorkerOptions, type WorkerOptions } from '../worker-options.js';

export const register: Register = (program, cli) => {
  const command = program
    .command('worker')
    .description('do the work of all pipelines, until SIGINT or SIGTERM');
  withWorkerOptions(command, 'info').action(
    acting(cli, async (options: WorkerOptions) => {
      await serve(cli, options, cli.env);
      return EXIT.ok;
    }),
  );
};

/** The worker is loaded only here: its native library is large, and no other command needs it. */
export async function serve(
  cli: CliContext,
  options: WorkerOptions,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const { runWorker } = await import('../../worker.js');
  const { config } = cli.options;
  const { metricsPort } = options;
  await runWorker({
    ...(config === undefined ? {} : { configPath: config }),
    ...(metricsPort === undefined ? {} : { metricsPort }),
    roles: [...options.roles],
    env,
    logLevel: options.logLevel,
  });
}
