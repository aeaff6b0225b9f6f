/** The real `temporal` binary, used as a person or a script would. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ensureTemporal } from '../../../src/local/temporal-service.js';

const run = promisify(execFile);

export interface TemporalCli {
  /** Runs one command; throws when it ends with another code than 0. Returns what it printed. */
  run(...words: readonly string[]): Promise<string>;
}

export async function temporalCli(address: string, namespace: string): Promise<TemporalCli> {
  const found = await ensureTemporal({ env: { ...process.env, TEMPORAL_ADDRESS: undefined } });
  if (found.kind !== 'binary') throw new Error('the test needs the binary of the Temporal CLI');
  return {
    run: async (...words) => {
      const where = ['--address', address, '--namespace', namespace];
      const { stdout } = await run(found.path, [...words, ...where], { maxBuffer: 64 << 20 });
      return stdout;
    },
  };
}
