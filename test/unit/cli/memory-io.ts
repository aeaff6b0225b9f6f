import { Readable } from 'node:stream';
import type { Io } from '../../../src/cli/io.js';

export interface MemoryIo extends Io {
  out(): string;
  err(): string;
}

/** A process without a terminal, whose output can be read. */
export function memoryIo(cwd: string, env: NodeJS.ProcessEnv = {}): MemoryIo {
  const written = { out: '', err: '' };
  return {
    cwd,
    env,
    stdin: Readable.from([]),
    stdout: { write: (text) => (written.out += text) },
    stderr: { write: (text) => (written.err += text) },
    out: () => written.out,
    err: () => written.err,
  };
}
