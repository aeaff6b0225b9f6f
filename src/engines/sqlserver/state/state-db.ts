import type { Query, Row, SessionPool } from '../sql-session.js';

/** Whatever can run a statement on the state: a pool, each statement on its own. */
export interface StateDb {
  readonly query: Query;
  /** Commits when `work` returns; everything it did is undone when it throws. */
  transaction<T>(work: (query: Query) => Promise<T>): Promise<T>;
}

export function openStateDb(pool: SessionPool): StateDb {
  return {
    query: async (sql, params) => pool.use(async (session) => session.query(sql, params)),
    transaction: async (work) => pool.use(async (session) => session.transaction(work)),
  };
}

/** The one row of a statement that always gives one. */
export function onlyRow<T extends Row>(rows: readonly T[]): T {
  const row = rows[0];
  if (row === undefined) throw new Error('A statement that always gives one row gave none.');
  return row;
}
