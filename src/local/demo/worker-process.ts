/** The demo's worker, as a process of its own that can be killed. Argument: the configuration. */
import { ROLES, runWorker } from '../../worker.js';

const [configPath] = process.argv.slice(2);

try {
  await runWorker({
    ...(configPath === undefined ? {} : { configPath }),
    roles: ROLES,
    env: process.env,
    logLevel: 'info',
  });
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
