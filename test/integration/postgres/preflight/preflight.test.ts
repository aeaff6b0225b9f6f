import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Finding } from '../../../../src/engines/contract/schema.js';
import type { PgConnection } from '../../../../src/engines/postgres/connection-options.js';
import {
  preflightSource,
  preflightTarget,
  readIdentity,
} from '../../../../src/engines/postgres/preflight/preflight.js';
import { SqlSession } from '../../../../src/engines/postgres/sql-session.js';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import type { TestDatabase } from '../../../support/postgres.js';
import { createDatabase, sharedPostgres, withServer } from '../../../support/postgres.js';
import { connectionTo } from '../feed/feed-fixture.js';

describeEachPostgres('preflight on PostgreSQL %s', (version) => {
  let db: TestDatabase;
  let role: string;
  const sessions: SqlSession[] = [];

  beforeEach(async () => {
    db = await createDatabase(sharedPostgres(version), 'preflight');
    role = `r_${db.name.slice(-8)}`;
    await db.query(`CREATE ROLE ${role} LOGIN PASSWORD 'pw'`);
    await db.query('CREATE SCHEMA app');
    await db.query('CREATE TABLE app.t (id int PRIMARY KEY)');
  });

  afterEach(async () => {
    await Promise.all(sessions.splice(0).map(async (session) => session.close()));
    await db.query(`DROP OWNED BY ${role}`);
    await db.drop();
    const admin = await createDatabase(sharedPostgres(version), 'admin');
    await admin.query(`DROP ROLE ${role}`);
    await admin.drop();
  });

  const session = (connection: PgConnection): SqlSession => {
    const opened = new SqlSession(connection, 'source');
    sessions.push(opened);
    return opened;
  };
  const superuser = (): PgConnection => connectionTo(sharedPostgres(version), db.name);
  const minimal = (): PgConnection => ({ ...superuser(), user: role, password: () => 'pw' });
  const source = async (connection: PgConnection) =>
    preflightSource(session(connection), connection);
  const target = async (connection: PgConnection) =>
    preflightTarget(session(connection), connection);

  it('finds nothing wrong for a superuser', async () => {
    expect(troubles(await source(superuser()))).toEqual([]);
    expect(troubles(await target(superuser()))).toEqual([]);
  });

  it('tells a role without rights each one with the statement that gives it', async () => {
    const findings = await source(minimal());
    expect(troubles(findings)).toEqual([
      'error feed.replication-login',
      'warning feed.create-publication',
      'warning table.owner',
      'warning table.select',
    ]);
    expect(findings.every((each) => each.severity === 'ok' || each.remedy !== undefined)).toBe(
      true,
    );
    const onTarget = await target(minimal());
    expect(troubles(onTarget)).toEqual([
      'error target.create',
      'warning target.session-replication-role',
    ]);
  });

  it('is content with a role that has what is needed, without superuser', async () => {
    await db.query(`ALTER ROLE ${role} REPLICATION`);
    await db.query(`GRANT CREATE ON DATABASE "${db.name}" TO ${role}`);
    await db.query(`ALTER SCHEMA app OWNER TO ${role}`);
    await db.query(`ALTER TABLE app.t OWNER TO ${role}`);
    expect(troubles(await source(minimal()))).toEqual([]);
  });

  it('warns of row-level security, which would hide rows', async () => {
    await db.query(`GRANT USAGE ON SCHEMA app TO ${role}`);
    await db.query(`GRANT SELECT ON app.t TO ${role}`);
    await db.query('ALTER TABLE app.t ENABLE ROW LEVEL SECURITY');
    expect(troubles(await source(minimal()))).toContain('error table.row-security');
  });

  it('gives one identity to one database, and another to every other', async () => {
    const other = await createDatabase(sharedPostgres(version), 'identity');
    const here = await readIdentity(session(superuser()));
    expect(await readIdentity(session(minimal()))).toEqual(here);
    const there = await readIdentity(session({ ...superuser(), database: other.name }));
    expect(there.database).not.toBe(here.database);
    expect(there.lineage).toBe(here.lineage);
    await other.drop();
  });

  it('names settings of the server that stand in the way', async () => {
    const settings = {
      wal_level: 'replica',
      max_slot_wal_keep_size: '100MB',
      default_transaction_read_only: 'on',
      ...(version === '18' ? { idle_replication_slot_timeout: '1h' } : {}),
    };
    await withServer({ version, settings }, async (server) => {
      const connection = connectionTo(server, 'postgres');
      const found = troubles(await source(connection));
      expect(found).toContain('error feed.wal-level');
      expect(found).toContain('warning feed.slot-keep-size');
      expect(found.includes('warning feed.idle-slot-timeout')).toBe(version === '18');
      expect(troubles(await target(connection))).toContain('error target.read-only');
    });
  });
});

function troubles(findings: readonly Finding[]): string[] {
  return findings
    .filter((each) => each.severity === 'error' || each.severity === 'warning')
    .map((each) => `${each.severity} ${each.code}`)
    .sort();
}
