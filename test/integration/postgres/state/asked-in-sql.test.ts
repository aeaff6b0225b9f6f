import { askedInSqlCases } from '../../contract/asked-in-sql.js';
import { openScene } from '../full-sync/fixture.js';

askedInSqlCases('PostgreSQL', async () => {
  const { state, target, close } = await openScene('18', 'asked in sql');
  return { state, sql: async (statement) => target.query(statement), close };
});
