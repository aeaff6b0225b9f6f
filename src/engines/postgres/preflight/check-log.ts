import { SluiceError } from '../../../core/errors.js';
import type { Finding } from '../../contract/schema.js';
import type { PgConnection } from '../connection-options.js';
import { openReplication } from '../replication/replication-client.js';
import { quoteIdent } from '../sql/quote.js';
import type { SqlSession } from '../sql-session.js';
import type { Basics } from './check-server.js';
import { finding } from './findings.js';
import { READ_LOG_SETTINGS } from './preflight-sql.js';

interface LogSettings extends Record<string, unknown> {
  readonly wal_level: string;
  readonly max_slots: number;
  readonly used_slots: number;
  readonly max_senders: number;
  readonly used_senders: number;
  readonly keep_mb: string;
  readonly idle_timeout: string;
}

/** Whether changes can be read from the server's log. */
export async function checkLog(
  session: SqlSession,
  connection: PgConnection,
  basics: Basics,
): Promise<Finding[]> {
  const [settings] = await session.query<LogSettings>(READ_LOG_SETTINGS);
  if (settings === undefined) throw new TypeError('A SELECT without FROM gave no row.');
  return [
    checkWalLevel(settings),
    checkFree('slots', settings.max_slots, settings.used_slots),
    checkFree('senders', settings.max_senders, settings.used_senders),
    ...checkRetention(settings),
    ...(await checkReplicationLogin(connection, basics)),
  ];
}

function checkWalLevel(settings: LogSettings): Finding {
  const { wal_level: level } = settings;
  const message = `wal_level is ${level}.`;
  if (level === 'logical') return finding('ok', 'feed.wal-level', 'wal_level', message);
  return finding(
    'error',
    'feed.wal-level',
    'wal_level',
    `${message} Changes can only be read at logical.`,
    "Run: ALTER SYSTEM SET wal_level = 'logical'; then restart the server.",
  );
}

function checkFree(what: 'slots' | 'senders', max: number, used: number): Finding {
  const setting = what === 'slots' ? 'max_replication_slots' : 'max_wal_senders';
  const message = `${String(used)} of ${String(max)} replication ${what} are in use.`;
  const code = `feed.free-${what}`;
  if (used < max) return finding('ok', code, setting, message);
  return finding(
    'error',
    code,
    setting,
    `${message} Each target of a pipeline needs one.`,
    `Run: ALTER SYSTEM SET ${setting} = ${String(max + 10)}; then restart the server.`,
  );
}

function checkRetention(settings: LogSettings): Finding[] {
  const findings: Finding[] = [];
  if (settings.idle_timeout !== '0') {
    findings.push(
      finding(
        'warning',
        'feed.idle-slot-timeout',
        'idle_replication_slot_timeout',
        `A slot that is not read for ${settings.idle_timeout} is invalidated; a pipeline stopped for longer needs a resync.`,
        'Run: ALTER SYSTEM SET idle_replication_slot_timeout = 0; SELECT pg_reload_conf()',
      ),
    );
  }
  if (settings.keep_mb !== '-1') {
    findings.push(
      finding(
        'warning',
        'feed.slot-keep-size',
        'max_slot_wal_keep_size',
        `A slot that is more than ${settings.keep_mb} MB behind is invalidated; its tables then need a resync.`,
        'Set maxRetainedLog of the pipeline below it, so that Sluice alerts first.',
      ),
    );
  }
  return findings;
}

async function checkReplicationLogin(connection: PgConnection, basics: Basics): Promise<Finding[]> {
  const code = 'feed.replication-login';
  try {
    const client = await openReplication(connection);
    await client.identifySystem().finally(async () => client.close());
    return [finding('ok', code, basics.role, `The role ${basics.role} can open a change stream.`)];
  } catch (error) {
    const known = error instanceof SluiceError ? error : undefined;
    const denied = known?.code === 'PERMISSION_DENIED' || known?.vendorCode === '28000';
    const message = `The role ${basics.role} cannot open a replication connection.`;
    const said = known === undefined ? '' : ` ${known.message}`;
    const remedy = denied
      ? `Run: ALTER ROLE ${quoteIdent(basics.role)} WITH REPLICATION (a managed service has a role of its own for this), and allow it in pg_hba.conf.`
      : 'Connect to the server itself: a pooler such as PgBouncer does not speak the replication protocol.';
    return [finding('error', code, basics.role, `${message}${said}`, remedy)];
  }
}
