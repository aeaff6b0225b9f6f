/**
 * Servers that a whole test run shares. Vitest runs this once per project that needs it; the second
 * project gets the servers of the first one.
 */
import type { TestProject } from 'vitest/node';
import type { LocalPostgres, PostgresVersion } from '../../src/local/postgres-server.js';
import { startPostgres } from '../../src/local/postgres-server.js';
import { progressLine } from '../../src/local/progress-line.js';
import { ensureTemporal, startTemporal } from '../../src/local/temporal-service.js';
import './provided.js';
import { folderInMemory } from './folder-in-memory.js';
import { is14Missing } from './postgres-versions.js';
import type { ProvidedPostgres } from './provided.js';
import { bundleStandIn, type StandInProgram } from './sqlserver/bundle.js';

interface Servers {
  readonly postgres: Readonly<Record<PostgresVersion, LocalPostgres | undefined>>;
  readonly temporal: { readonly address: string; remove(): Promise<void> };
  readonly standIn: StandInProgram;
}

interface Shared {
  users: number;
  readonly servers: Promise<Servers>;
}

// Every project loads this file anew, so a variable of this module would not be shared.
const slot = globalThis as { sluiceTestServers?: Shared | undefined };

/**
 * Databases by the hundred are made and dropped here: measured, a drop takes 20 ms instead of 140
 * where nothing waits for the disk. Only a crash of the machine could tell the difference; tests that
 * stop servers have their own, with the settings of every server.
 */
const WITHOUT_DISK = { fsync: 'off', full_page_writes: 'off' };

const TEST_SETTINGS = {
  ...WITHOUT_DISK,
  max_connections: '400',
  max_replication_slots: '100',
  max_wal_senders: '100',
  max_prepared_transactions: '50',
};

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const shared = (slot.sluiceTestServers ??= { users: 0, servers: inMemory(startServers) });
  shared.users += 1;
  const { postgres, temporal, standIn } = await shared.servers;
  project.provide('postgres', { '14': provided(postgres['14']), '18': provided(postgres['18']) });
  project.provide('temporal', { address: temporal.address });
  project.provide('standIn', standIn.path);
  return async () => {
    shared.users -= 1;
    if (shared.users > 0) return;
    slot.sluiceTestServers = undefined;
    await Promise.all(
      [postgres['14'], postgres['18'], temporal, standIn].map(async (each) => each?.remove()),
    );
  };
}

/** The data of these servers is worth nothing after the run. Servers that a test starts use the disk. */
async function inMemory<T>(start: () => Promise<T>): Promise<T> {
  const { TMPDIR } = process.env;
  const folder = folderInMemory();
  if (TMPDIR !== undefined || folder === undefined) return start();
  process.env.TMPDIR = folder;
  try {
    return await start();
  } finally {
    delete process.env.TMPDIR;
  }
}

async function startServers(): Promise<Servers> {
  const [v14, v18, temporal, standIn] = await Promise.all([
    is14Missing ? undefined : startPostgres({ version: '14', settings: TEST_SETTINGS }),
    startPostgres({ version: '18', settings: TEST_SETTINGS }),
    startTestTemporal(),
    bundleStandIn(),
  ]);
  return { postgres: { '14': v14, '18': v18 }, temporal, standIn };
}

async function startTestTemporal(): Promise<Servers['temporal']> {
  // The tests kill workers and count workflows: never on a service that somebody else uses.
  const env = { ...process.env, TEMPORAL_ADDRESS: undefined };
  const found = await ensureTemporal({ env, onProgress: quietUnlessSlow() });
  if (found.kind === 'service') throw new Error('the tests run a Temporal service of their own');
  return startTemporal({ binary: found.path });
}

function quietUnlessSlow(): (line: string) => void {
  const say = progressLine(process.stderr);
  return (line) => {
    if (!line.startsWith('Using')) say(line);
  };
}

function provided(server: LocalPostgres | undefined): ProvidedPostgres | null {
  if (server === undefined) return null;
  const { version, host, port, user, password } = server;
  return { version, host, port, user, password };
}
