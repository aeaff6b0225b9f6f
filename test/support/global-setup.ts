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
import type { ProvidedPostgres } from './provided.js';

interface Servers {
  readonly postgres: Readonly<Record<PostgresVersion, LocalPostgres>>;
  readonly temporal: { readonly address: string; remove(): Promise<void> };
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
};

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const shared = (slot.sluiceTestServers ??= { users: 0, servers: startServers() });
  shared.users += 1;
  const { postgres, temporal } = await shared.servers;
  project.provide('postgres', { '14': provided(postgres['14']), '18': provided(postgres['18']) });
  project.provide('temporal', { address: temporal.address });
  return async () => {
    shared.users -= 1;
    if (shared.users > 0) return;
    slot.sluiceTestServers = undefined;
    await Promise.all([postgres['14'].remove(), postgres['18'].remove(), temporal.remove()]);
  };
}

async function startServers(): Promise<Servers> {
  const [v14, v18, temporal] = await Promise.all([
    startPostgres({ version: '14', settings: TEST_SETTINGS }),
    startPostgres({ version: '18', settings: TEST_SETTINGS }),
    startTestTemporal(),
  ]);
  return { postgres: { '14': v14, '18': v18 }, temporal };
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

function provided(server: LocalPostgres): ProvidedPostgres {
  const { version, host, port, user, password } = server;
  return { version, host, port, user, password };
}
