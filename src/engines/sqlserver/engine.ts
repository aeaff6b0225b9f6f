import type { Engine } from '../engine.js';
import { openControlTables } from './control-tables/open-control-tables.js';

/**
 * SQL Server 2016 SP1 and later, Managed Instance and Azure SQL Database; as source and target. The
 * driver is loaded when the first database is opened: a worker without a SQL Server does without its
 * 35 MB.
 */
export const sqlServerEngine: Engine = {
  name: 'sqlserver',
  capabilities: { feeds: ['cdc', 'changeTracking'] },
  openSource: async (resolve, options) => {
    const { SqlServerSource } = await import('./source.js');
    return new SqlServerSource(resolve, options);
  },
  openTarget: async (resolve, options) => {
    const { SqlServerTarget } = await import('./target.js');
    return new SqlServerTarget(resolve, options);
  },
  createDatabase: async (resolve, { like, applicationName }) => {
    const { createDatabase, readDatabaseCollation } = await import('./define/create-database.js');
    const { msConnection } = await import('./settings.js');
    const { SqlServerSource } = await import('./source.js');
    const collation =
      like instanceof SqlServerSource
        ? await like.pool.use(async ({ query }) => readDatabaseCollation(query))
        : null;
    const { created, note } = await createDatabase(
      msConnection(resolve, applicationName),
      collation,
    );
    return created ? note : null;
  },
  createDatabaseFindings: async (resolve, { applicationName }) => {
    const { createDatabaseFindings } = await import('./preflight/check-create-database.js');
    const { msConnection } = await import('./settings.js');
    return createDatabaseFindings(msConnection(resolve, applicationName));
  },
  openControlTables: (resolve, { applicationName }) => openControlTables(resolve, applicationName),
  // Positions are fixed-width text that sorts like the feed.
  comparePositions: (a, b) => (a < b ? -1 : a > b ? 1 : 0),
};
