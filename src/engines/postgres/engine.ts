import type { Engine } from '../engine.js';

/**
 * PostgreSQL 14 to 18, as a source and as a target. What serves a database is loaded when the first
 * one is opened: most commands of the CLI would spend half of their time on it for nothing.
 */
export const postgresEngine: Engine = {
  name: 'postgres',
  capabilities: { feeds: ['cdc'], deferredForeignKeys: true },
  openSource: async (resolve, options) => {
    const { PostgresSource } = await import('./source.js');
    return new PostgresSource(resolve, options);
  },
  openTarget: async (resolve, options) => {
    const { PostgresTarget } = await import('./target.js');
    return new PostgresTarget(resolve, options);
  },
  createDatabase: async (resolve, { like, applicationName }) => {
    const { createDatabase, readDatabaseLocale } = await import('./define/create-database.js');
    const { pgConnection } = await import('./settings.js');
    const { PostgresSource } = await import('./source.js');
    const locale =
      like instanceof PostgresSource ? await readDatabaseLocale(like.session.query) : null;
    const { created, note } = await createDatabase(pgConnection(resolve, applicationName), locale);
    return created ? note : null;
  },
  createDatabaseFindings: async (resolve, { applicationName }) => {
    const { createDatabaseFindings } = await import('./preflight/check-create-database.js');
    const { pgConnection } = await import('./settings.js');
    return createDatabaseFindings(pgConnection(resolve, applicationName));
  },
  // Positions are fixed-width text that sorts like the log.
  comparePositions: (a, b) => (a < b ? -1 : a > b ? 1 : 0),
};
