import type { Engine } from '../engine.js';
import { createDatabase, readDatabaseLocale } from './define/create-database.js';
import { pgConnection } from './settings.js';
import { PostgresSource } from './source.js';
import { PostgresTarget } from './target.js';

/** PostgreSQL 14 to 18, as a source and as a target. */
export const postgresEngine: Engine = {
  name: 'postgres',
  capabilities: { feeds: ['cdc'] },
  openSource: (resolve, options) => Promise.resolve(new PostgresSource(resolve, options)),
  openTarget: (resolve, options) => Promise.resolve(new PostgresTarget(resolve, options)),
  createDatabase: async (resolve, options) => {
    const { like } = options;
    const locale =
      like instanceof PostgresSource ? await readDatabaseLocale(like.session.query) : null;
    const connection = pgConnection(resolve, options.applicationName);
    const { created } = await createDatabase(connection, locale);
    return created;
  },
  // Positions are fixed-width text that sorts like the log.
  comparePositions: (a, b) => (a < b ? -1 : a > b ? 1 : 0),
};
