import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where Sluice keeps what is expensive to get again; honours XDG_CACHE_HOME. */
export function cacheDir(env: NodeJS.ProcessEnv): string {
  if (env.XDG_CACHE_HOME !== undefined && env.XDG_CACHE_HOME !== '') {
    return join(env.XDG_CACHE_HOME, 'sluice');
  }
  if (process.platform === 'win32' && env.LOCALAPPDATA !== undefined) {
    return join(env.LOCALAPPDATA, 'sluice');
  }
  return join(env.HOME ?? homedir(), '.cache', 'sluice');
}
