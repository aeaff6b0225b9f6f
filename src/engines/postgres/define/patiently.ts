import type { ObjectChange } from '../../contract/schema.js';
import type { Query, SqlSession } from '../sql-session.js';
import type { ObjectName } from './object-sql.js';

/** What may take long outside a transaction, without the connection's limit. */
export async function patiently(
  session: SqlSession,
  work: (query: Query) => Promise<void>,
): Promise<void> {
  await session.run(async (query) => {
    await query('SET statement_timeout = 0');
    try {
      await work(query);
    } finally {
      await query('RESET statement_timeout');
    }
  });
}

export function created(name: ObjectName): ObjectChange {
  return { ...name, action: 'created', message: `${name.kind} ${name.object} was made.` };
}
