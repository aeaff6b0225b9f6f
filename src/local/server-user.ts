/**
 * PostgreSQL refuses to run as root. When this process is root, its servers run as another user of
 * this machine that has no rights of its own.
 */
import { chown, readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { SluiceError } from '../core/errors.js';

export interface ServerUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

const CANDIDATES = ['nobody', 'daemon'];

/** The user that servers run as, or undefined when they can run as the user of this process. */
export async function serverUser(): Promise<ServerUser | undefined> {
  if (process.platform === 'win32' || process.geteuid?.() !== 0) return undefined;
  const users = parsePasswd(await readFile('/etc/passwd', 'utf8'));
  for (const candidate of CANDIDATES) {
    const found = users.find((user) => user.name === candidate && user.uid > 0);
    if (found !== undefined) return found;
  }
  throw new SluiceError(
    'LOCAL_SERVER_FAILED',
    'PostgreSQL refuses to run as root, and this machine has no user to run it as.',
    { remedy: `Create one of the users ${CANDIDATES.join(', ')}, or run as an ordinary user.` },
  );
}

function parsePasswd(text: string): ServerUser[] {
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':');
    if (name === undefined || uid === undefined || gid === undefined) return [];
    return [{ name, uid: Number(uid), gid: Number(gid) }];
  });
}

/** Makes the user the owner of a path; does nothing when servers run as the user of this process. */
export async function giveTo(user: ServerUser | undefined, path: string): Promise<void> {
  if (user !== undefined) await chown(path, user.uid, user.gid);
}

/** Whether the user can enter the directory and every one above it. */
export async function canEnter(user: ServerUser | undefined, directory: string): Promise<boolean> {
  if (user === undefined) return true;
  for (let path = resolve(directory); ; path = dirname(path)) {
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && !mayEnter(user, found)) return false;
    if (path === dirname(path)) return true;
  }
}

function mayEnter(
  user: ServerUser,
  directory: { mode: number; uid: number; gid: number },
): boolean {
  if (directory.uid === user.uid) return (directory.mode & 0o100) !== 0;
  if (directory.gid === user.gid) return (directory.mode & 0o010) !== 0;
  return (directory.mode & 0o001) !== 0;
}
