import type { Engine } from './engine.js';
import { postgresEngine } from './postgres/engine.js';
import type { EngineConfigs } from '../config/engine-config.js';
import * as postgres from './postgres/config.js';
import { readUrl as readPostgresUrl } from './postgres/config-url.js';
import * as sqlserver from './sqlserver/config.js';
import { readUrl as readSqlServerUrl } from './sqlserver/config-url.js';
import { sqlServerEngine } from './sqlserver/engine.js';

/** Engine name, as `engine:` in a connection says it, to that engine's part of the config. */
export const engineConfigs = {
  postgres: {
    title: 'PostgreSQL',
    defaultPort: 5432,
    urlSchemes: ['postgres', 'postgresql'],
    connection: postgres.connection,
    source: postgres.source,
    target: postgres.target,
    exclusiveTargetKeys: ['slot'],
    secretKeys: ['replicationUrl'],
    mayCreateFeed: postgres.mayCreateFeed,
    readUrl: readPostgresUrl,
  },
  sqlserver: {
    title: 'SQL Server',
    defaultPort: 1433,
    urlSchemes: ['mssql', 'sqlserver'],
    connection: sqlserver.connection,
    source: sqlserver.source,
    target: sqlserver.target,
    exclusiveTargetKeys: [],
    secretKeys: [],
    mayCreateFeed: sqlserver.mayCreateFeed,
    tableConsistency: true,
    discover: sqlserver.discoverOf,
    undiscovered: { discover: 'off' },
    controlTables: true,
    readUrl: readSqlServerUrl,
  },
} satisfies EngineConfigs;

/** Every engine by the name that a connection says. */
export const engines: Readonly<Record<string, Engine>> = {
  [postgresEngine.name]: postgresEngine,
  [sqlServerEngine.name]: sqlServerEngine,
};
