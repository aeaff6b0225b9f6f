import { statfsSync } from 'node:fs';
import { freemem } from 'node:os';

const FOLDER = '/dev/shm';
const GIB = 1024 ** 3;
/** Several times what the servers that a run shares have needed. */
const ENOUGH = 8 * GIB;

/**
 * A folder in memory, where there is much of it. A test run makes and drops databases of hundreds of
 * files by the thousand: measured, ext4 takes a fifth of all processor time to look for free inodes.
 */
export function folderInMemory(): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const limit = process.constrainedMemory?.() ?? 0;
  const memory = limit > 0 ? Math.min(limit, freemem()) : freemem();
  try {
    const { bavail, bsize } = statfsSync(FOLDER);
    return Math.min(memory, bavail * bsize) >= ENOUGH ? FOLDER : undefined;
  } catch {
    return undefined;
  }
}
