/** A data directory of PostgreSQL: created by initdb, configured by one file of ours. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SluiceError } from '../core/errors.js';
import type { PostgresBinaries, PostgresVersion } from './postgres-binaries.js';
import { canEnter, giveTo } from './server-user.js';
import type { ServerUser } from './server-user.js';

const run = promisify(execFile);

export const ADMIN = 'sluice_admin';

const CONFIG_FILE = 'sluice.conf';
const PASSWORD_FILE = 'sluice.password';

const DEFAULT_SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  wal_level: 'logical',
  max_replication_slots: '20',
  max_wal_senders: '20',
  max_connections: '200',
  password_encryption: 'scram-sha-256',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

/** A new directory under the system's temporary one, which the server's user can reach. */
export async function temporaryDataDir(user: ServerUser | undefined): Promise<string> {
  const parents = process.platform === 'win32' ? [tmpdir()] : [tmpdir(), '/tmp', '/var/tmp'];
  for (const parent of parents) {
    if (!(await canEnter(user, parent))) continue;
    const home = await mkdtemp(join(parent, 'sluice-pg-'));
    await giveTo(user, home);
    return home;
  }
  throw unreachable(tmpdir(), user);
}

/**
 * Runs initdb unless the directory is a cluster already. Returns the administrator's password: the
 * stored one of an existing cluster, else the given or a random one.
 */
export async function prepareDataDir(options: {
  readonly dataDir: string;
  readonly version: PostgresVersion;
  readonly binaries: PostgresBinaries;
  readonly user: ServerUser | undefined;
  readonly password: string | undefined;
}): Promise<string> {
  const { dataDir, user } = options;
  if (await isCluster(dataDir)) return readPassword(dataDir);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await giveTo(user, dataDir);
  if (!(await canEnter(user, dataDir))) throw unreachable(dataDir, user);

  const password = options.password ?? randomBytes(18).toString('base64url');
  const scratch = await temporaryDataDir(user);
  try {
    const passwordFile = join(scratch, 'password');
    await writeFile(passwordFile, password, { mode: 0o600 });
    await giveTo(user, passwordFile);
    await initdb(options, passwordFile);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  await appendFile(join(dataDir, 'postgresql.conf'), `\ninclude = '${CONFIG_FILE}'\n`);
  await writeOwned(join(dataDir, PASSWORD_FILE), password, user);
  return password;
}

/** Replaces the settings of ours; a server reads them when it starts. */
export async function writeSettings(
  dataDir: string,
  settings: Readonly<Record<string, string>>,
  user: ServerUser | undefined,
): Promise<void> {
  const lines = Object.entries({ ...DEFAULT_SETTINGS, ...settings }).map(
    ([name, value]) => `${name} = '${quoted(value)}'`,
  );
  await writeOwned(join(dataDir, CONFIG_FILE), `${lines.join('\n')}\n`, user);
}

/** Within the quotes of postgresql.conf a backslash, as in a path of Windows, begins an escape. */
function quoted(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll("'", "''");
}

/** The server's own record of itself; undefined while no server runs in this directory. */
export async function readPidFile(
  dataDir: string,
): Promise<{ pid: number; ready: boolean } | undefined> {
  const text = await readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  // Line 1 is the process id, line 8 the state (documented in miscadmin.h of PostgreSQL).
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  return Number.isInteger(pid) && pid > 0
    ? { pid, ready: lines[7]?.trim() === 'ready' }
    : undefined;
}

export async function writeOwned(
  path: string,
  text: string,
  user: ServerUser | undefined,
): Promise<void> {
  await writeFile(path, text, { mode: 0o600 });
  await giveTo(user, path);
}

async function isCluster(dataDir: string): Promise<boolean> {
  return access(join(dataDir, PASSWORD_FILE)).then(
    () => true,
    () => false,
  );
}

async function initdb(
  options: {
    readonly dataDir: string;
    readonly version: PostgresVersion;
    readonly binaries: PostgresBinaries;
    readonly user: ServerUser | undefined;
  },
  passwordFile: string,
): Promise<void> {
  const { dataDir, user } = options;
  const args = [
    ...['--pgdata', dataDir, '--username', ADMIN, '--pwfile', passwordFile],
    ...['--auth', 'scram-sha-256', '--encoding', 'UTF8', '--no-sync'],
    ...localeArguments(options.version),
  ];
  try {
    await run(options.binaries.initdb, args, {
      cwd: dataDir,
      windowsHide: true,
      ...(user === undefined ? {} : { uid: user.uid, gid: user.gid }),
    });
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    throw new SluiceError(
      'LOCAL_SERVER_FAILED',
      `initdb could not create a PostgreSQL ${options.version} cluster in ${dataDir}: ${stderr.trim().split('\n').slice(-5).join(' | ')}`,
      { remedy: 'Check free space and the rights on that directory, or empty it.', cause: error },
    );
  }
}

/** UTF-8 with code point order on every platform; only Linux has a C.UTF-8 for all versions. */
function localeArguments(version: PostgresVersion): string[] {
  if (process.platform === 'linux') return ['--locale', 'C.UTF-8'];
  if (version === '14') return ['--locale', 'C'];
  return ['--locale', 'C', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'];
}

async function readPassword(dataDir: string): Promise<string> {
  return (await readFile(join(dataDir, PASSWORD_FILE), 'utf8')).trim();
}

function unreachable(dataDir: string, user: ServerUser | undefined): SluiceError {
  return new SluiceError(
    'LOCAL_SERVER_FAILED',
    `The user ${user?.name ?? 'of this process'}, who runs PostgreSQL here, cannot enter ${dataDir}.`,
    { remedy: 'Choose a data directory that every user can reach, for example below /tmp.' },
  );
}
