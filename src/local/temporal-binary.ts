/** Finds a Temporal CLI that can serve, or gets one. */
import { execFile } from 'node:child_process';
import { access, mkdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { SluiceError } from '../core/errors.js';
import { cacheDir } from './cache-dir.js';
import { buildTemporal } from './temporal-build.js';
import { downloadTemporal } from './temporal-download.js';

const run = promisify(execFile);

/** Newer modules of the CLI carry replace directives, so that Go cannot build them as a tool. */
export const TEMPORAL_VERSION = '1.5.1';

/** The first server with update-with-start generally available (Temporal release notes, 1.28). */
const OLDEST_SERVER = [1, 28] as const;

export type TemporalSource = 'named' | 'path' | 'cache' | 'download' | 'build';

export type TemporalFound =
  | { readonly kind: 'service'; readonly address: string }
  | { readonly kind: 'binary'; readonly path: string; readonly source: TemporalSource };

/** Writes a runnable CLI of this version to `destination`, whole or not at all; throws otherwise. */
export type Fetcher = (
  destination: string,
  version: string,
  onProgress: (line: string) => void,
) => Promise<void>;

export interface EnsureTemporalOptions {
  /** One sentence for a person per step, and about one a second while something takes long. */
  readonly onProgress?: (line: string) => void;
  readonly env?: NodeJS.ProcessEnv;
  readonly download?: Fetcher;
  readonly build?: Fetcher;
}

/**
 * The first that works of: TEMPORAL_ADDRESS (a running service), SLUICE_TEMPORAL_CLI (a binary),
 * `temporal` on the PATH, the cached copy, the official download, a build with Go. The two names
 * that a person has set are never passed over: if one does not work, that is an error
 * (TEMPORAL_UNREACHABLE, LOCAL_TEMPORAL_MISSING).
 */
export async function ensureTemporal(options: EnsureTemporalOptions = {}): Promise<TemporalFound> {
  const { env = process.env, onProgress = () => undefined } = options;
  const address = env.TEMPORAL_ADDRESS;
  if (address !== undefined && address !== '') return runningService(address, onProgress);

  const named = env.SLUICE_TEMPORAL_CLI;
  if (named !== undefined && named !== '') return namedBinary(named, onProgress);

  const onPath = await searchPath(env, onProgress);
  if (onPath !== undefined) return { kind: 'binary', path: onPath, source: 'path' };

  const cached = join(cacheDir(env), 'temporal', executable(`temporal-${TEMPORAL_VERSION}`));
  if ((await problemOf(cached)) === undefined) {
    onProgress(`Using the cached Temporal CLI ${cached}.`);
    return { kind: 'binary', path: cached, source: 'cache' };
  }
  return fetchInto(cached, options, onProgress);
}

async function fetchInto(
  cached: string,
  options: EnsureTemporalOptions,
  onProgress: (line: string) => void,
): Promise<TemporalFound> {
  const ways: readonly (readonly [TemporalSource, Fetcher])[] = [
    ['download', options.download ?? downloadTemporal],
    ['build', options.build ?? buildTemporal],
  ];
  await mkdir(join(cached, '..'), { recursive: true });
  const failures: string[] = [];
  for (const [source, fetcher] of ways) {
    try {
      await fetcher(cached, TEMPORAL_VERSION, onProgress);
      const problem = await problemOf(cached);
      if (problem === undefined) return { kind: 'binary', path: cached, source };
      failures.push(`${source}: ${problem}`);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      failures.push(`${source}: ${reason}`);
      onProgress(`The ${source} of the Temporal CLI did not work: ${reason}.`);
    }
  }
  throw new SluiceError(
    'LOCAL_TEMPORAL_MISSING',
    `No Temporal service was found and no Temporal CLI could be got (${failures.join('; ')}).`,
    {
      remedy:
        'Install the Temporal CLI (https://docs.temporal.io/cli) or Go 1.25, or set ' +
        'TEMPORAL_ADDRESS to a running service.',
    },
  );
}

async function runningService(
  address: string,
  onProgress: (line: string) => void,
): Promise<TemporalFound> {
  if (!(await answers(address))) {
    throw new SluiceError(
      'TEMPORAL_UNREACHABLE',
      `Nothing answers at ${address}, the Temporal service that TEMPORAL_ADDRESS names.`,
      { remedy: 'Start that service, or unset TEMPORAL_ADDRESS to run one here.' },
    );
  }
  onProgress(`Using the Temporal service at ${address} (TEMPORAL_ADDRESS).`);
  return { kind: 'service', address };
}

async function namedBinary(
  path: string,
  onProgress: (line: string) => void,
): Promise<TemporalFound> {
  const problem = await problemOf(path);
  if (problem !== undefined) {
    throw new SluiceError(
      'LOCAL_TEMPORAL_MISSING',
      `SLUICE_TEMPORAL_CLI names ${path}, which cannot serve: ${problem}.`,
      { remedy: 'Correct that setting, or unset it to let Sluice find a Temporal CLI.' },
    );
  }
  onProgress(`Using the Temporal CLI ${path} (SLUICE_TEMPORAL_CLI).`);
  return { kind: 'binary', path, source: 'named' };
}

async function searchPath(
  env: NodeJS.ProcessEnv,
  onProgress: (line: string) => void,
): Promise<string | undefined> {
  const directories = pathOf(env)
    .split(delimiter)
    .filter((entry) => entry !== '');
  for (const directory of directories) {
    const candidate = join(directory, executable('temporal'));
    if (!(await exists(candidate))) continue;
    const problem = await problemOf(candidate);
    if (problem === undefined) {
      onProgress(`Using the Temporal CLI ${candidate} (found on the PATH).`);
      return candidate;
    }
    onProgress(`Passing over ${candidate}: ${problem}.`);
  }
  return undefined;
}

/** On Windows its name is Path, and only process.env itself takes one name for the other. */
function pathOf(env: NodeJS.ProcessEnv): string {
  const isPath = (name: string): boolean =>
    process.platform === 'win32' ? name.toUpperCase() === 'PATH' : name === 'PATH';
  return Object.entries(env).find(([name]) => isPath(name))?.[1] ?? '';
}

/** Why a binary cannot serve, or undefined when it can. */
async function problemOf(path: string): Promise<string | undefined> {
  if (!(await exists(path))) return 'it does not exist';
  try {
    const { stdout } = await run(path, ['--version'], { timeout: 10_000, windowsHide: true });
    const match = /Server (\d+)\.(\d+)/.exec(stdout);
    if (match === null) return 'it does not say which server it carries';
    const [major, minor] = [Number(match[1]), Number(match[2])];
    const [oldMajor, oldMinor] = OLDEST_SERVER;
    if (major > oldMajor || (major === oldMajor && minor >= oldMinor)) return undefined;
    return `its server ${String(major)}.${String(minor)} is older than ${OLDEST_SERVER.join('.')}`;
  } catch {
    return 'it does not run';
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function executable(name: string): string {
  return process.platform === 'win32' ? `${name}.exe` : name;
}

async function answers(address: string): Promise<boolean> {
  const [host, port = '7233'] = address.replace(/^https?:\/\//, '').split(':');
  return new Promise((resolve) => {
    const socket = connect({ host: host ?? '', port: Number(port), timeout: 5_000 });
    const finish = (result: boolean): void => {
      socket.destroy();
      resolve(result);
    };
    socket.once('connect', () => {
      finish(true);
    });
    socket.once('timeout', () => {
      finish(false);
    });
    socket.once('error', () => {
      finish(false);
    });
  });
}
