/** The built worker and the built command of a replay. */
import { expect } from 'vitest';
import { waitFor } from '../../support/wait-for.js';
import type { cliFolder } from '../cli/run-cli.js';
import { WorkerProcess } from '../support/worker-process.js';

export interface SeedProcesses {
  startWorker(): Promise<void>;
  /** The built command; it has to end with 0. */
  sluice(...words: readonly string[]): Promise<string>;
  until(what: string, fact: () => Promise<boolean>): Promise<void>;
}

/** `until` waits for at most `timeoutMs`; `stop` ends the worker, if one was started. */
export function seedProcesses(
  folder: ReturnType<typeof cliFolder>,
  env: Readonly<Record<string, string>>,
  timeoutMs: number,
): SeedProcesses & { stop(): Promise<void> } {
  let worker: WorkerProcess | null = null;
  return {
    startWorker: async () => {
      worker = await WorkerProcess.start(`${folder.path}/sluice.yaml`, env);
    },
    sluice: async (...words) => {
      const { code, out, err } = await folder.run(words, env);
      expect(code, `sluice ${words.join(' ')}\n${out}\n${err}`).toBe(0);
      return out;
    },
    until: async (what, fact) => {
      try {
        await waitFor(what, fact, { timeoutMs, intervalMs: 200 });
      } catch (cause) {
        throw new Error(`${what}: in vain.\n${worker?.output.slice(-4_000) ?? ''}`, { cause });
      }
    },
    stop: async () => {
      await worker?.kill();
    },
  };
}
