/** A Temporal service with its Web UI and two PostgreSQL servers, all of them real. */
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SEARCH_ATTRIBUTES } from '../../client/search-attributes.js';
import { startPostgres } from '../postgres-server.js';
import type { LocalPostgres } from '../postgres-server.js';
import { ensureTemporal, startTemporal } from '../temporal-service.js';
import type { LocalTemporal } from '../temporal-service.js';
import { DemoFailure } from './failure.js';
import type { Screen } from './screen.js';
import { took } from './text.js';
import type { Workspace } from './workspace.js';

export interface Servers {
  readonly temporal: LocalTemporal;
  readonly source: LocalPostgres;
  readonly target: LocalPostgres;
}

/** Only what makes room for a million rows; nothing here makes a commit less durable. */
const POSTGRES_SETTINGS = { shared_buffers: '256MB', max_wal_size: '2GB' };

export async function startServers(screen: Screen, workspace: Workspace): Promise<Servers> {
  const began = Date.now();
  const temporal = await startOwnTemporal(screen, workspace);
  const ready = Date.now();
  screen.done(
    `Temporal answers at ${temporal.address} after ${took(ready - began)}; ` +
      `its Web UI: ${screen.paint.cyan(temporal.uiUrl)}`,
  );
  screen.say('Creating two PostgreSQL 18 servers (wal_level=logical) …');
  const [source, target] = await Promise.all([
    startServer('source', workspace),
    startServer('target', workspace),
  ]);
  screen.done(
    `PostgreSQL source on port ${String(source.port)}, target on port ${String(target.port)} ` +
      `after ${took(Date.now() - ready)}`,
  );
  return { temporal, source, target };
}

/**
 * Never the service that TEMPORAL_ADDRESS names: a worker of the demo would take the work of other
 * pipelines from the queues there, and knows none of them.
 */
async function startOwnTemporal(screen: Screen, workspace: Workspace): Promise<LocalTemporal> {
  const { TEMPORAL_ADDRESS: other, ...env } = process.env;
  if (other !== undefined && other !== '') {
    screen.say(`Leaving the service at ${other} (TEMPORAL_ADDRESS) alone; the demo runs its own.`);
  }
  const found = await ensureTemporal({ env, onProgress: screen.progress });
  if (found.kind !== 'binary') throw new DemoFailure('No Temporal CLI was found.');
  return workspace.start(
    startTemporal({ binary: found.path, searchAttributes: SEARCH_ATTRIBUTES }),
    (started) => started.remove(),
  );
}

async function startServer(name: string, workspace: Workspace): Promise<LocalPostgres> {
  const starting = startPostgres({ version: '18', settings: POSTGRES_SETTINGS });
  return workspace.start(starting, async (server) => {
    // The folder with the logs outlives a demo that failed; the server's own does not.
    const log = join(server.dataDir, 'server.log');
    await copyFile(log, join(workspace.directory, `${name}.log`)).catch(() => undefined);
    await server.remove();
  });
}
