/** Starting the process of a PostgreSQL server, and stopping one that nobody holds any more. */
import { execFile, spawn } from 'node:child_process';
import { open, readFile, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { SluiceError } from '../core/errors.js';
import { isGuarded } from './guardian.js';
import type { PostgresBinaries, PostgresVersion } from './postgres-binaries.js';
import { readPidFile, writeOwned } from './postgres-data-dir.js';
import { commandLine, processExists } from './processes.js';
import { lastLines } from './server-log.js';
import { giveTo } from './server-user.js';
import type { ServerUser } from './server-user.js';

const run = promisify(execFile);

export interface Launch {
  readonly version: PostgresVersion;
  readonly dataDir: string;
  readonly binaries: PostgresBinaries;
  readonly user: ServerUser | undefined;
  readonly settings: Readonly<Record<string, string>>;
}

type Place = Omit<Launch, 'settings'>;

const START_TIMEOUT_MS = 120_000;
/** In the words of Linux and macOS, and of Windows. */
const PORT_TAKEN = /Address (already )?in use|Only one usage of each socket address/i;
const OWNER_FILE = 'sluice.owner';

/** Starts the server and returns its process id as soon as it accepts connections. */
export async function launch(plan: Launch): Promise<number> {
  const log = join(plan.dataDir, 'server.log');
  await writeOwned(join(plan.dataDir, OWNER_FILE), String(process.pid), plan.user);
  const handle = await open(log, 'a', 0o600);
  await giveTo(plan.user, log);
  const { size } = await stat(log);
  try {
    const hasEnded =
      process.platform === 'win32' ? await viaPgCtl(plan, handle) : directly(plan, handle.fd);
    return await waitUntilReady(plan.dataDir, hasEnded);
  } catch (cause) {
    throw new SluiceError(
      'LOCAL_SERVER_FAILED',
      `PostgreSQL ${plan.version} did not start in ${plan.dataDir}: ${await lastLines(log, size)}`,
      { remedy: `The whole log is in ${log}.`, cause },
    );
  } finally {
    await handle.close();
  }
}

/** Whether a start failed because another process listens on the port. */
export function isPortTaken(error: unknown): boolean {
  return error instanceof SluiceError && PORT_TAKEN.test(error.message);
}

/**
 * Stops a server that still runs in the data directory after the process that started it has died.
 * Throws LOCAL_SERVER_IN_USE while that process lives.
 */
export async function stopStale(place: Place): Promise<void> {
  const running = await readPidFile(place.dataDir);
  if (running === undefined || !(await isServerOf(running.pid, place.dataDir))) return;
  const owner = Number(await readFile(join(place.dataDir, OWNER_FILE), 'utf8').catch(() => '0'));
  // In a container the dead owner may have had the process id that this process has now.
  const inUse = owner === process.pid ? isGuarded(running.pid) : owner > 0 && processExists(owner);
  if (inUse) {
    throw new SluiceError(
      'LOCAL_SERVER_IN_USE',
      `The data directory ${place.dataDir} belongs to a running server of process ${String(owner)}.`,
      { remedy: 'End that process first, or choose another data directory.' },
    );
  }
  await stopWithPgCtl(place, 'fast');
}

/** Works on every platform, and also for a server that is not a child of this process. */
export async function stopWithPgCtl(place: Place, mode: string): Promise<void> {
  await run(place.binaries.pgCtl, ['stop', '-D', place.dataDir, '-m', mode, '-w'], {
    ...spawnAs(place.user),
    cwd: place.dataDir,
  });
}

type HasEnded = () => boolean;

function directly(plan: Launch, log: number): HasEnded {
  const child = spawn(plan.binaries.postgres, ['-D', plan.dataDir], {
    ...spawnAs(plan.user),
    cwd: plan.dataDir,
    stdio: ['ignore', log, log],
    // A Ctrl-C in the terminal is for the program, which stops its servers in its own order.
    detached: true,
  });
  let ended = false;
  child.on('error', () => (ended = true));
  child.on('exit', () => (ended = true));
  child.unref();
  return () => ended;
}

/** pg_ctl gives up the rights of an administrator, without which PostgreSQL refuses on Windows. */
async function viaPgCtl(plan: Launch, log: FileHandle): Promise<HasEnded> {
  // Its shell opens the log for itself alone, and fails while somebody else holds it for writing.
  await log.close();
  let failed = false;
  const seconds = String(START_TIMEOUT_MS / 1000);
  const to = ['-D', plan.dataDir, '-l', join(plan.dataDir, 'server.log')];
  // It waits for the server, since only then does it tell that the server did not start.
  const child = spawn(plan.binaries.pgCtl, ['start', ...to, '-w', '-t', seconds], {
    ...spawnAs(plan.user),
    stdio: 'ignore',
  });
  child.on('error', () => (failed = true));
  child.on('exit', (code) => (failed = code !== 0));
  child.unref();
  return () => failed;
}

async function waitUntilReady(dataDir: string, hasEnded: HasEnded): Promise<number> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    if (hasEnded()) throw new Error('the server process has ended');
    const found = await readPidFile(dataDir);
    // After a crash the file of the dead server says "ready" until the new one has replaced it.
    if (found?.ready === true && (await isServerOf(found.pid, dataDir))) return found.pid;
    await delay(20);
  }
  throw new Error(`the server was not ready after ${String(START_TIMEOUT_MS / 1000)} seconds`);
}

/** A process id alone proves little: after a restart of the machine it can be anybody's. */
async function isServerOf(pid: number, dataDir: string): Promise<boolean> {
  if (!processExists(pid)) return false;
  const command = await commandLine(pid);
  return command === undefined || command.includes(dataDir);
}

function spawnAs(user: ServerUser | undefined): {
  env: NodeJS.ProcessEnv;
  windowsHide: true;
  uid?: number;
  gid?: number;
} {
  // PGDATA, PGPORT and the like of the caller's shell are meant for other servers.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('PG')),
  );
  const rights = user === undefined ? {} : { uid: user.uid, gid: user.gid };
  return { env, windowsHide: true, ...rights };
}
