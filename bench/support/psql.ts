/** The reference tool: `psql`, named by the variable PSQL or found on the PATH. */
import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';

const PSQL = process.env.PSQL ?? 'psql';

/** Its version as it says it, e.g. "psql (PostgreSQL) 18.1". Throws when there is none. */
export async function psqlVersion(): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(PSQL, ['--version']);
    return stdout.trim();
  } catch (cause) {
    throw new Error(`There is no psql: ${howToGet()}`, { cause });
  }
}

/** How to get the one of the server's major version, when the one at hand is another. */
export function versionHint(psql: string, server: string): string | null {
  const major = (text: string): string | undefined => /\d+/.exec(text)?.[0];
  return major(psql) === major(server) ? null : howToGet(major(server));
}

function howToGet(major = '18'): string {
  return (
    `psql ${major} is the package postgresql-client-${major} of apt.postgresql.org (set up by ` +
    `/usr/share/postgresql-common/pgdg/apt.postgresql.org.sh of postgresql-common), ` +
    `\`brew install libpq\` on macOS; name another binary with PSQL=/path/to/psql.`
  );
}

/** `psql -c "copy … to stdout" | psql -c "copy … from stdin"`, both binary. */
export async function psqlCopy(ends: {
  readonly from: string;
  readonly to: string;
  readonly source: string;
  readonly target: string;
}): Promise<void> {
  const script =
    `"$PSQL" -X -q -d "$FROM" -c "copy ${ends.source} to stdout (format binary)" | ` +
    `"$PSQL" -X -q -d "$TO" -c "copy ${ends.target} from stdin (format binary)"`;
  await run('sh', ['-c', script], { PSQL, FROM: ends.from, TO: ends.to });
}

/** One statement. */
export async function psqlRun(url: string, statement: string): Promise<void> {
  await run(PSQL, ['-X', '-q', '-A', '-t', '-d', url, '-c', statement], {});
}

async function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`${command} failed: ${complaint.trim()}`);
}
