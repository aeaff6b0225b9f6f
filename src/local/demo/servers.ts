/** A Temporal service with its Web UI and two PostgreSQL servers, all of them real. */
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SEARCH_ATTRIBUTES } from '../../client/search-attributes.js';
import { startPostgres } from '../postgres-server.js';
import type { LocalPostgres } from '../postgres-server.js';
import { ensureTemporal, startTemporal } from '../temporal-service.js';
import type { Screen } from './screen.js';
import { took } from './text.js';
import type { Workspace } from './workspace.js';

export interface TemporalPlace {
  readonly address: string;
  /** Null for a service that somebody else runs. */
  readonly uiUrl: string | null;
}

export interface Servers {
  readonly temporal: TemporalPlace;
  readonly source: LocalPostgres;
  readonly target: LocalPostgres;
}

/** Only what makes room for a million rows; nothing here makes a commit less durable. */
const POSTGRES_SETTINGS = { shared_buffers: '256MB', max_wal_size: '2GB' };

export async function startServers(screen: Screen, workspace: Workspace): Promise<Servers> {
  const began = Date.now();
  const temporal = await findTemporal(screen, workspace);
  const ready = Date.now();
  screen.done(
    `Temporal answers at ${temporal.address} after ${took(ready - began)}` +
      (temporal.uiUrl === null ? '' : `; its Web UI: ${screen.paint.cyan(temporal.uiUrl)}`),
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

async function findTemporal(screen: Screen, workspace: Workspace): Promise<TemporalPlace> {
  const found = await ensureTemporal({ onProgress: screen.progress });
  if (found.kind === 'service') return { address: found.address, uiUrl: null };
  const service = await workspace.start(
    startTemporal({ binary: found.path, searchAttributes: SEARCH_ATTRIBUTES }),
    (started) => started.remove(),
  );
  return { address: service.address, uiUrl: service.uiUrl };
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
