import { SluiceError } from '../../core/errors.js';
import type { ConnectExtra, PgConnection, PgPurpose } from './connection-options.js';

/**
 * What every session depends on to see values as they are. A role or a database may have other
 * defaults: dates as 04/03/2024, floats cut to 15 digits, row-level security that hides rows.
 */
export const PINNED_SETTINGS: Readonly<Record<string, string>> = {
  DateStyle: 'ISO, YMD',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  extra_float_digits: '3',
  bytea_output: 'hex',
  lc_monetary: 'C',
  client_encoding: 'UTF8',
  search_path: 'pg_catalog',
  row_security: 'off',
  // What SQL and texts mean.
  standard_conforming_strings: 'on',
  array_nulls: 'on',
  transform_null_equals: 'off',
  xmloption: 'content',
  // A stricter level makes a lane fail on what is no conflict; a snapshot is asked for by name.
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  // A session that waits for work is no leak.
  idle_session_timeout: '0',
};

/**
 * What is confirmed to the source has to be durable on the target, whatever the default of its
 * role or database; a stronger setting may be asked for.
 */
const DURABLE: Readonly<Record<string, string>> = { synchronous_commit: 'on' };
const NOT_DURABLE = new Set(['off', 'false', 'no', '0']);

/** A lock that a statement on the source would wait for longer blocks its users behind it. */
const SOURCE_LOCK_TIMEOUT_MS = 5_000;
/** A worker that vanished in a transaction must not hold its fence or its locks for long. */
const TARGET_IDLE_IN_TRANSACTION_MS = 60_000;
const KEEPALIVE_SECONDS = 30;

const PINNED_NAMES = new Set(Object.keys(PINNED_SETTINGS).map((name) => name.toLowerCase()));
const SETTING_NAME = /^[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)?$/;

/**
 * The `options` startup parameter of a session. Settings given there rank above the defaults of
 * role and database, and work on replication connections too.
 *
 * @throws SluiceError CONFIG_INVALID for a setting that is malformed or pinned
 */
export function startupOptions(
  connection: PgConnection,
  purpose: PgPurpose,
  extra: ConnectExtra,
): string {
  const chosen = { ...connection.session, ...extra.settings };
  for (const [name, value] of Object.entries(chosen)) {
    assertAllowed(name, value);
    assertDurable(name, value);
  }
  const settings = {
    ...timeouts(connection, purpose, extra),
    ...keepAlive(connection),
    ...(isWriter(purpose) ? DURABLE : {}),
    ...chosen,
    ...PINNED_SETTINGS,
  };
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${escapeOption(value)}`)
    .join(' ');
}

function isWriter(purpose: PgPurpose): boolean {
  return purpose === 'target' || purpose === 'state';
}

function timeouts(
  connection: PgConnection,
  purpose: PgPurpose,
  extra: ConnectExtra,
): Record<string, string> {
  const writes = isWriter(purpose);
  const lock = extra.lockTimeoutMs ?? (writes ? undefined : SOURCE_LOCK_TIMEOUT_MS);
  const idle = extra.idleInTransactionMs ?? (writes ? TARGET_IDLE_IN_TRANSACTION_MS : undefined);
  const statement = purpose === 'replication' ? 0 : connection.statementTimeoutMs;
  return {
    statement_timeout: String(statement),
    // Always said, also when it is none: a role may have a limit of its own.
    lock_timeout: String(lock ?? 0),
    idle_in_transaction_session_timeout: String(idle ?? 0),
  };
}

/** The server then notices a worker's machine that vanished; a Unix socket has no such thing. */
function keepAlive(connection: PgConnection): Record<string, string> {
  if (connection.host.startsWith('/')) return {};
  return {
    tcp_keepalives_idle: String(KEEPALIVE_SECONDS),
    tcp_keepalives_interval: '10',
    tcp_keepalives_count: '3',
  };
}

function assertAllowed(name: string, value: string): void {
  if (!SETTING_NAME.test(name) || value.includes('\0')) {
    throw new SluiceError('CONFIG_INVALID', `"${name}" is not a PostgreSQL setting.`, {
      remedy: 'Correct the session settings of the connection.',
    });
  }
  if (PINNED_NAMES.has(name.toLowerCase())) {
    throw new SluiceError('CONFIG_INVALID', `The session setting ${name} is fixed by Sluice.`, {
      remedy: 'Remove it: Sluice sets it so that values arrive unchanged.',
    });
  }
}

function assertDurable(name: string, value: string): void {
  if (name.toLowerCase() !== 'synchronous_commit' || !NOT_DURABLE.has(value.toLowerCase())) return;
  throw new SluiceError('CONFIG_INVALID', `The session setting ${name} must not be ${value}.`, {
    remedy: 'Remove it: the source would forget changes that the target can still lose.',
  });
}

/** The server splits options at blanks unless a backslash precedes them (libpq documentation). */
function escapeOption(value: string): string {
  return value.replaceAll(/[\\\s]/g, (character) => `\\${character}`);
}
