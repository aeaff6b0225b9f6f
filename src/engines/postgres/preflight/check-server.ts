import type { Finding } from '../../contract/schema.js';
import type { PgConnection } from '../connection-options.js';
import { PINNED_SETTINGS } from '../session-settings.js';
import { quoteIdent } from '../sql/quote.js';
import type { SqlSession } from '../sql-session.js';
import { finding } from './findings.js';
import { READ_BASICS, READ_COLLATIONS, READ_DATABASE_COLLATION } from './preflight-sql.js';

export interface Basics {
  readonly version: number;
  readonly version_text: string;
  readonly encoding: string;
  readonly database: string;
  readonly role: string;
  readonly in_recovery: boolean;
  readonly read_only: boolean;
  readonly may_create: boolean;
  readonly encrypted: boolean;
  readonly has_state: boolean;
}

const OLDEST = 14;
const NEWEST = 18;
const FIRST_WITH_DATABASE_COLLATION = 150000;
const LOCAL = /^(\/|localhost$|127\.|::1$)/;

export async function readBasics(session: SqlSession): Promise<Basics> {
  const [row] = await session.query<Basics & Record<string, unknown>>(READ_BASICS);
  if (row === undefined) throw new TypeError('A SELECT without FROM gave no row.');
  return row;
}

/** What matters on either side. */
export async function checkServer(
  session: SqlSession,
  connection: PgConnection,
  basics: Basics,
): Promise<Finding[]> {
  return [
    checkVersion(basics),
    ...checkEncoding(basics),
    ...checkEncryption(connection, basics),
    ...(await checkPins(session)),
    ...(await checkCollations(session, basics)),
  ];
}

function checkVersion(basics: Basics): Finding {
  const major = Math.floor(basics.version / 10_000);
  const what = `The server runs PostgreSQL ${basics.version_text}`;
  const report = (severity: Finding['severity'], message: string, remedy?: string): Finding =>
    finding(severity, 'server.version', basics.database, message, remedy);
  if (major < OLDEST) {
    return report('error', `${what}; Sluice needs ${String(OLDEST)} or newer.`, 'Upgrade it.');
  }
  if (major > NEWEST) {
    const tested = `${String(OLDEST)} to ${String(NEWEST)}`;
    return report('warning', `${what}; Sluice is tested with ${tested}.`, 'Try it out first.');
  }
  return report('ok', `${what}.`);
}

function checkEncoding(basics: Basics): Finding[] {
  const { encoding, database } = basics;
  if (encoding === 'UTF8') return [];
  if (encoding !== 'SQL_ASCII') {
    const message = `The database ${database} is encoded in ${encoding}; texts are converted to and from UTF-8.`;
    return [finding('info', 'database.encoding', database, message)];
  }
  return [
    finding(
      'warning',
      'database.encoding',
      database,
      `The database ${database} is SQL_ASCII: the server does not know which characters its bytes are.`,
      'Texts that are not UTF-8 are refused; convert the database to UTF8.',
    ),
  ];
}

function checkEncryption(connection: PgConnection, basics: Basics): Finding[] {
  if (basics.encrypted || LOCAL.test(connection.host)) return [];
  return [
    finding(
      'warning',
      'connection.not-encrypted',
      connection.host,
      `The connection to ${connection.host} is not encrypted.`,
      'Set tls.mode to verifyFull and give the authority as tls.ca.',
    ),
  ];
}

/** A pooler that drops start-up options gives sessions in which values read differently. */
async function checkPins(session: SqlSession): Promise<Finding[]> {
  const names = Object.keys(PINNED_SETTINGS);
  const rows = await session.query<{ name: string; value: string }>(
    'SELECT name, current_setting(name) AS value FROM unnest($1::text[]) AS name',
    [names],
  );
  const wrong = rows.filter((row) => row.value !== PINNED_SETTINGS[row.name]);
  if (wrong.length === 0) return [];
  const list = wrong.map((row) => row.name).join(', ');
  return [
    finding(
      'error',
      'connection.settings-lost',
      list,
      `The session did not get the settings that keep values true: ${list}.`,
      'Connect to the server itself, not through a pooler that drops start-up options.',
    ),
  ];
}

async function checkCollations(session: SqlSession, basics: Basics): Promise<Finding[]> {
  const stale = await session.query<{ name: string }>(READ_COLLATIONS);
  const findings = stale.map(({ name }) =>
    finding(
      'warning',
      'database.collation-version',
      name,
      `The collation ${name} has another version than its indexes were built with.`,
      `Rebuild them (REINDEX), then run: ALTER COLLATION ${name} REFRESH VERSION`,
    ),
  );
  if (basics.version < FIRST_WITH_DATABASE_COLLATION) return findings;
  const whole = await session.query<{ name: string }>(READ_DATABASE_COLLATION);
  if (whole.length === 0) return findings;
  findings.push(
    finding(
      'warning',
      'database.collation-version',
      basics.database,
      `The default collation of ${basics.database} has another version than its indexes were built with.`,
      `Run: REINDEX DATABASE; ALTER DATABASE ${quoteIdent(basics.database)} REFRESH COLLATION VERSION`,
    ),
  );
  return findings;
}
