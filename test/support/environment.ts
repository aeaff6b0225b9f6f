/**
 * What the shell of a test run says about other servers is not for the tests, and a temporary folder
 * has one name only: macOS has it behind a link, Windows may give its short form.
 */
import { realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';

export function calm(env: NodeJS.ProcessEnv): void {
  // PGPASSWORD and the like: the driver takes them where a connection says nothing.
  for (const name of Object.keys(env).filter((one) => one.startsWith('PG'))) delete env[name];
  if (process.platform === 'linux') return;
  const folder = realpathSync.native(tmpdir());
  for (const name of ['TMPDIR', 'TEMP', 'TMP']) env[name] = folder;
}
