import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import pg from 'pg';
import { z } from 'zod';

export interface StandInOptions {
  /** A superuser's connection string to any database of a PostgreSQL 18. */
  readonly postgresUrl: string;
  /** The stand-in as one file (bundle.ts); default: its sources, which start more slowly. */
  readonly program?: string;
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
}

export interface StandIn {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** `mssql://user:password@host:port/<database>`, in the clear. */
  url(database: string): string;
  /** Kills the process as a power cut does, and starts it again on the same port. */
  crash(): Promise<void>;
  /** What all databases hold now, to go back to; the process starts anew. */
  backup(): Promise<Backup>;
  /** As after RESTORE DATABASE: the state of the backup, on a recovery fork of its own. */
  restore(backup: Backup): Promise<void>;
  /** Ends the process and drops its PostgreSQL database. */
  stop(): Promise<void>;
}

/** A copy of the PostgreSQL database; it goes with the stand-in. */
export interface Backup {
  readonly name: string;
}

const HOST = '127.0.0.1';
const USER = 'sa';
const PASSWORD = 'Sluice-test-1';
const NEW_FORK =
  'UPDATE ms.databases SET fork = gen_random_uuid(), created = ss.now() WHERE id > 4';
const announcement = z.object({ port: z.number() });

interface Started {
  readonly child: ChildProcess;
  readonly port: number;
}

/** A SQL Server stand-in of one's own, its data in a new PostgreSQL database. */
export async function startStandIn(options: StandInOptions): Promise<StandIn> {
  const name = `standin_${randomBytes(6).toString('hex')}`;
  const command = (sql: string): Promise<void> => inPostgres(options.postgresUrl, sql);
  await command(`CREATE DATABASE ${name} TEMPLATE template0 LOCALE 'C' ENCODING 'UTF8'`);
  const own = new URL(options.postgresUrl);
  own.pathname = `/${name}`;
  let running: Started;
  try {
    running = await startProcess(own.href, options, 0);
  } catch (error) {
    await command(`DROP DATABASE ${name} WITH (FORCE)`);
    throw error;
  }
  const { port } = running;
  const backups: Backup[] = [];
  const whileDown = async (work: () => Promise<void>): Promise<void> => {
    await end(running.child, 'SIGTERM');
    await work();
    running = await startProcess(own.href, options, port);
  };
  return {
    host: HOST,
    port,
    user: USER,
    password: PASSWORD,
    url: (database) => `mssql://${USER}:${PASSWORD}@${HOST}:${String(port)}/${database}`,
    crash: async () => {
      await end(running.child, 'SIGKILL');
      running = await startProcess(own.href, options, port);
    },
    backup: async () => {
      const backup = { name: `${name}_${String(backups.length)}` };
      await whileDown(() => command(`CREATE DATABASE ${backup.name} TEMPLATE ${name}`));
      backups.push(backup);
      return backup;
    },
    restore: (backup) =>
      whileDown(async () => {
        await command(`DROP DATABASE ${name} WITH (FORCE)`);
        await command(`CREATE DATABASE ${name} TEMPLATE ${backup.name}`);
        await inPostgres(own.href, NEW_FORK);
      }),
    stop: async () => {
      await end(running.child, 'SIGTERM');
      for (const each of [name, ...backups.map((backup) => backup.name)]) {
        await command(`DROP DATABASE ${each} WITH (FORCE)`);
      }
    },
  };
}

async function inPostgres(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

async function startProcess(url: string, options: StandInOptions, port: number): Promise<Started> {
  const flags = ['--with-parent', '--postgres-url', url, '--port', String(port)];
  if (options.tls !== undefined) {
    flags.push('--tls-cert', options.tls.certFile, '--tls-key', options.tls.keyFile);
  }
  const child = spawn(
    process.execPath,
    [...(options.program === undefined ? fromSources() : [options.program]), ...flags],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  const exited = once(child, 'exit').then(() => {
    throw new Error('The stand-in ended before it took logins.');
  });
  // Once it runs, its end is nobody's error.
  exited.catch(() => undefined);
  const [line] = (await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    exited,
  ])) as [string];
  return { child, port: announcement.parse(JSON.parse(line)).port };
}

function fromSources(): string[] {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  return ['--import', tsx, fileURLToPath(new URL('./main.ts', import.meta.url))];
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}
