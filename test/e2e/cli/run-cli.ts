import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { patient } from '../../support/wait-for.js';

export const MAIN = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));

/** For a command that waits for something, as `waitFor` does. */
export const IN_TIME = ['--timeout', `${String(patient(240))}s`] as const;

export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

export interface CliFolder {
  readonly path: string;
  write(name: string, text: string): void;
  run(argv: readonly string[], env?: NodeJS.ProcessEnv): Promise<CliResult>;
  /** As Ctrl-C does it, once what it said matches. */
  interrupt(argv: readonly string[], env: NodeJS.ProcessEnv, at: RegExp): Promise<CliResult>;
  remove(): void;
}

/** A folder of its own in which the built command runs as a process, without this one's settings. */
export function cliFolder(): CliFolder {
  if (!existsSync(MAIN)) throw new Error('These tests run the built command: npm run build first.');
  const path = mkdtempSync(join(tmpdir(), 'sluice-cli-'));
  return {
    path,
    write: (name, text) => writeFileSync(join(path, name), text),
    run: (argv, env = {}) => runCli(path, argv, env),
    interrupt: (argv, env, at) => runCli(path, argv, env, at),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

export function runCli(
  cwd: string,
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  interruptAt?: RegExp,
): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, ...argv], {
      cwd,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [out, err] = ['', ''];
    const interruptOnce = (): void => {
      if (interruptAt?.test(err + out) === true && !child.killed) child.kill('SIGINT');
    };
    child.stdout.on('data', (data: Buffer) => {
      out += data.toString();
      interruptOnce();
    });
    child.stderr.on('data', (data: Buffer) => {
      err += data.toString();
      interruptOnce();
    });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, out, err }));
  });
}

interface Side {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

export interface ConfigParts {
  readonly source: Side;
  readonly target: Side;
  /** Further lines of the pipeline, indented by four blanks. */
  readonly pipeline?: string;
}

/** One pipeline; the passwords come from SOURCE_PASSWORD and TARGET_PASSWORD. */
export function configText({ source, target, pipeline }: ConfigParts): string {
  const tables = `    tables: { include: ['public.*'] }`;
  return `version: 1
connections:
  shopDb: ${connection(source, 'SOURCE_PASSWORD')}
  replicaDb: ${connection(target, 'TARGET_PASSWORD')}
pipelines:
  shop:
    source: { connection: shopDb, createPublication: true, createSlot: true }
    targets: { replica: { connection: replicaDb } }
${pipeline ?? tables}
`;
}

function connection(side: Side, variable: string): string {
  const { host, port, user, database } = side;
  return JSON.stringify({
    engine: 'postgres',
    host,
    port,
    user,
    database,
    password: `\${${variable}}`,
    connectTimeout: '5s',
  });
}
