import type { TableModel } from '../../../../src/engines/contract/schema.js';
import type { DigestRequest } from '../../../../src/engines/contract/verify.js';
import { SqlSession } from '../../../../src/engines/postgres/sql-session.js';
import { PostgresVerify } from '../../../../src/engines/postgres/verify/postgres-verify.js';
import type { PostgresVersion } from '../../../../src/local/postgres-server.js';
import type { TestDatabase } from '../../../support/postgres.js';
import { createDatabase, sharedPostgres } from '../../../support/postgres.js';
import { connectionTo } from '../feed/feed-fixture.js';

export interface VerifySide {
  readonly db: TestDatabase;
  readonly session: SqlSession;
  readonly verify: PostgresVerify;
  close(): Promise<void>;
}

export async function openSide(
  version: PostgresVersion,
  label: string,
  { statementTimeoutMs = 60_000, database = '' } = {},
): Promise<VerifySide> {
  const server = sharedPostgres(version);
  const db = await createDatabase(server, label, database);
  const session = new SqlSession(connectionTo(server, db.name), 'source');
  const verify = new PostgresVerify(session, {
    statementTimeoutMs,
    position: async () => null,
  });
  const close = async (): Promise<void> => {
    await session.close();
    await db.drop();
  };
  return { db, session, verify, close };
}

export function requestFor(
  columns: readonly string[],
  key: readonly string[],
  more: Partial<DigestRequest> = {},
): DigestRequest {
  const table = { schema: 'app', table: 't' };
  return { table, columns, key, form: 'canonical', lastRows: null, ...more };
}

export function modelFor(columns: readonly string[], key: readonly string[]): TableModel {
  return {
    name: { schema: 'app', table: 't' },
    columns: columns.map((name) => ({
      name,
      type: '',
      nullable: true,
      generated: false,
      rawSafe: true,
    })),
    key,
    rowsEstimated: 0,
    bytesEstimated: 0,
    fingerprint: '',
    findings: [],
    feeds: ['cdc'],
    neutral: { columns: [], primaryKey: null, uniques: [], indexes: [], foreignKeys: [] },
    native: null,
  };
}
