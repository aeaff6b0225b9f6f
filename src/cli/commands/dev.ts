import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SEARCH_ATTRIBUTES } from '../../client/search-attributes.js';
import { cacheDir } from '../../local/cache-dir.js';
import { progressLine } from '../../local/progress-line.js';
import { ensureTemporal, startTemporal, type LocalTemporal } from '../../local/temporal-service.js';
import type { CliContext } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { acting, type Register } from '../register.js';
import { parsePort, withWorkerOptions, type WorkerOptions } from '../worker-options.js';
import { serve } from './worker.js';

interface DevOptions extends WorkerOptions {
  readonly port: number;
  readonly uiPort: number;
  readonly db?: string | false;
}

export const register: Register = (program, cli) => {
  const command = program
    .command('dev')
    .description('a local Temporal service with its Web UI, and a worker, until Ctrl-C')
    .option('--port <port>', 'of the Temporal service', parsePort, 7233)
    .option('--ui-port <port>', 'of its Web UI', parsePort, 8233)
    .option('--db <file>', 'where workflows are kept over a restart')
    .option('--no-db', 'forget the workflows when it ends');
  withWorkerOptions(command, 'warn').action(
    acting(cli, async (options: DevOptions) => {
      await run(cli, options);
      return EXIT.ok;
    }),
  );
};

async function run(cli: CliContext, options: DevOptions): Promise<void> {
  cli.loadFiles();
  const { env } = cli;
  const found = await ensureTemporal({ env, onProgress: progressLine(cli.io.stderr) });
  if (found.kind === 'service') {
    await serve(cli, options, env);
    return;
  }
  const temporal = await startLocal(cli, options, found.path);
  try {
    cli.note(`Temporal: ${temporal.address}   Web UI: ${temporal.uiUrl}`);
    if (options.port !== 7233) {
      cli.note(`In other terminals: export TEMPORAL_ADDRESS=${temporal.address}`);
    }
    cli.note('The worker is starting; in another terminal: sluice start, then sluice status.');
    await serve(cli, options, { ...env, TEMPORAL_ADDRESS: temporal.address });
  } finally {
    await temporal.stop();
    await temporal.remove();
  }
}

async function startLocal(
  cli: CliContext,
  options: DevOptions,
  binary: string,
): Promise<LocalTemporal> {
  const { db } = options;
  const home = cacheDir(cli.env);
  await mkdir(home, { recursive: true });
  return startTemporal({
    binary,
    port: options.port,
    uiPort: options.uiPort,
    searchAttributes: SEARCH_ATTRIBUTES,
    ...(db === false ? {} : { dbFilename: db ?? join(home, 'temporal-dev.db') }),
  });
}
