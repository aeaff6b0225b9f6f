import type { Engine } from '../engine.js';
import { createDatabase, readDatabaseCollation } from './define/create-database.js';
import { msConnection } from './settings.js';
import { SqlServerSource } from './source.js';
import { SqlServerTarget } from './target.js';

/** SQL Server 2016 SP1 and later, Managed Instance and Azure SQL Database; as source and target. */
export const sqlServerEngine: Engine = {
  name: 'sqlserver',
  capabilities: { feeds: ['cdc', 'changeTracking'] },
  openSource: (resolve, options) => Promise.resolve(new SqlServerSource(resolve, options)),
  openTarget: (resolve, options) => Promise.resolve(new SqlServerTarget(resolve, options)),
  createDatabase: async (resolve, { like, applicationName }) => {
    const collation =
      like instanceof SqlServerSource
        ? await like.pool.use(async ({ query }) => readDatabaseCollation(query))
        : null;
    const { created } = await createDatabase(msConnection(resolve, applicationName), collation);
    return created;
  },
  // Positions are fixed-width text that sorts like the feed.
  comparePositions: (a, b) => (a < b ? -1 : a > b ? 1 : 0),
};
