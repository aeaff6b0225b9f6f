import { randomBytes } from 'node:crypto';
import type { MsPurpose } from '../../../../src/engines/sqlserver/connect.js';
import { connectMs } from '../../../../src/engines/sqlserver/connect.js';
import type { FeedSessions } from '../../../../src/engines/sqlserver/feed/feed-sessions.js';
import { openSessionPool } from '../../../../src/engines/sqlserver/session-pool.js';
import type { SessionPool } from '../../../../src/engines/sqlserver/sql-session.js';
import type { SourceScene } from '../source-scene.js';

/** A login with a user in the scene's database, and pools that work as it. */
export interface Login extends FeedSessions {
  readonly name: string;
  readonly change: SessionPool;
  /** Runs `GRANT … TO` it, and other statements that end with a name. */
  may(...statements: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

export async function createLogin(scene: SourceScene): Promise<Login> {
  const name = `least_${randomBytes(4).toString('hex')}`;
  const password = `Least-${randomBytes(8).toString('hex')}`;
  await scene.sql(`CREATE LOGIN ${name} WITH PASSWORD = N'${password}', CHECK_POLICY = OFF;
CREATE USER ${name} FOR LOGIN ${name};`);
  const connection = { ...scene.connection, user: name, password: () => password };
  const open = (purpose: MsPurpose) => () => connectMs(connection, purpose);
  const read = openSessionPool(open('source'), 2);
  const change = openSessionPool(open('change'), 1);
  return {
    name,
    read,
    change,
    open: open('source'),
    may: async (...statements) => {
      for (const statement of statements) {
        await scene.sql(
          `${statement.startsWith('GRANT VIEW SERVER') ? 'USE master; ' : ''}${statement} ${name}`,
        );
      }
    },
    close: async () => {
      await Promise.all([read.close(), change.close()]);
      if (scene.server.standIn === null) await scene.sql(`DROP LOGIN ${name}`);
    },
  };
}
