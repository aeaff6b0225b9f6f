import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import {
  createDatabase,
  readDatabaseLocale,
} from '../../../../src/engines/postgres/define/create-database.js';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import { createDatabase as createTestDatabase, sharedPostgres } from '../../../support/postgres.js';
import { connectionOf, sessionOf } from './sessions.js';

describeEachPostgres('a database on PostgreSQL %s', (version) => {
  it('is made like the source once, and with a note where the locale is unknown', async () => {
    const server = sharedPostgres(version);
    const admin = await createTestDatabase(server, 'create database');
    const name = `t_ma de"${randomBytes(4).toString('hex')}`;
    const like = {
      encoding: 'UTF8',
      collate: 'C',
      ctype: 'C',
      provider: 'c',
      locale: null,
      rules: null,
    };
    const connection = connectionOf(server.url(name));
    try {
      expect(await createDatabase(connection, like)).toEqual({ created: true, note: null });
      expect(await createDatabase(connection, like)).toEqual({ created: false, note: null });
      const session = sessionOf(server.url(name));
      expect(await readDatabaseLocale(session.query)).toMatchObject(like);
      await session.close();
      await admin.query(`DROP DATABASE "${name.replace('"', '""')}"`);
      const strange = { ...like, collate: 'xx_YY.utf8', ctype: 'xx_YY.utf8' };
      const made = await createDatabase(connection, strange);
      expect(made.created).toBe(true);
      expect(made.note).toMatch(/xx_YY/);
    } finally {
      await admin.query(`DROP DATABASE IF EXISTS "${name.replace('"', '""')}"`);
      await admin.drop();
    }
  });
});
