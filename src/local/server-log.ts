import { readFile } from 'node:fs/promises';

const LAST_LINES = 8;

/** The last lines that a server wrote after `from` (a byte offset), for the message of a failure. */
export async function lastLines(path: string, from = 0): Promise<string> {
  const bytes = await readFile(path).catch(() => Buffer.alloc(0));
  const lines = bytes.subarray(from).toString('utf8').trim().split('\n');
  return lines.slice(-LAST_LINES).join(' | ');
}
