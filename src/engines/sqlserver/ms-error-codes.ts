import type { ErrorCode } from '../../core/errors.js';
import { duplicateIndex } from './duplicate-index.js';
import { SWITCH_REFUSED } from './switch-errors.js';

/** What a server, driver or network code means: our code, and a sentence about `subject`. */
export interface Meaning {
  readonly code: ErrorCode;
  readonly says: (subject: string) => string;
  readonly remedy: string;
  /**
   * The server's own text names only objects and settings for this number, never a value of a row,
   * so it may be passed on.
   */
  readonly textIsSafe?: true;
  /** What the server's text names, where the rest of it is not passed on. */
  readonly names?: (text: string) => string | null;
  /** The server asks to be left alone for so long. */
  readonly retryAfterMs?: number;
}

const RETRIED = 'It is tried again with a growing delay.';

const connectionLost: Meaning = {
  code: 'CONNECTION_LOST',
  says: (subject) => `The connection to ${subject} was lost.`,
  remedy: RETRIED,
};

const unreachable: Meaning = {
  code: 'SERVER_UNREACHABLE',
  says: (subject) => `${subject} cannot be reached.`,
  remedy: `Check host, port or instance and firewall, and that the server runs. ${RETRIED}`,
};

/** Of Azure; its text names the address that is not let in. */
const shutOut: Meaning = {
  ...unreachable,
  says: (subject) => `The firewall of ${subject} does not let this machine in.`,
  remedy: `Add a firewall rule for its address on the server. ${RETRIED}`,
  textIsSafe: true,
};

const loginRefused: Meaning = {
  code: 'LOGIN_REFUSED',
  says: (subject) => `${subject} refused the login.`,
  remedy: 'Check user, password and domain; the password is read again at every attempt.',
  textIsSafe: true,
};

const tlsRefused: Meaning = {
  code: 'TLS_REFUSED',
  says: (subject) => `No TLS connection to ${subject} could be made.`,
  remedy:
    'Check tls.mode, tls.ca and tls.serverName of the connection; trustServerCertificate: true accepts any certificate.',
};

const busy: Meaning = {
  code: 'SERVER_BUSY',
  says: (subject) => `${subject} is busy or out of a resource just now.`,
  remedy: RETRIED,
  textIsSafe: true,
};

/** "Wait ten seconds" ("Troubleshoot transient connection errors"). */
const throttled: Meaning = { ...busy, retryAfterMs: 10_000 };

const failover: Meaning = {
  code: 'SERVER_BUSY',
  says: (subject) => `${subject} does not take part in its availability group just now.`,
  remedy: `Look at the state of the availability group. ${RETRIED}`,
  textIsSafe: true,
};

const rejected: Meaning = {
  code: 'ROW_REJECTED',
  says: (subject) => `${subject} refused a row.`,
  remedy: 'Compare the constraints and types of the target table with the source.',
};

const duplicate: Meaning = {
  ...rejected,
  says: (subject) => `${subject} refused a row that is equal to another one in a unique index.`,
  remedy:
    'SQL Server takes texts for equal that differ only in blanks at the end or, by the collation, in case or accents: change one on the source. Else look for rows on the target that somebody else wrote.',
  names: duplicateIndex,
};

const constraint: Meaning = { ...rejected, textIsSafe: true };

const objectMissing: Meaning = {
  code: 'TABLE_MISSING',
  says: (subject) => `A table, column or type that Sluice expects in ${subject} is not there.`,
  remedy: 'Run plan to see what differs, then resync the table or correct its mapping.',
  textIsSafe: true,
};

const misfit: Meaning = {
  code: 'SCHEMA_MISMATCH',
  says: (subject) => `The tables, columns or types of ${subject} do not fit a statement.`,
  remedy: 'Run plan to see what differs from the source.',
};

const denied: Meaning = {
  code: 'PERMISSION_DENIED',
  says: (subject) => `The login that Sluice uses may not do this on ${subject}.`,
  remedy: 'Run check: it lists the missing rights with the GRANT statements that give them.',
  textIsSafe: true,
};

/** DBCC CHECKIDENT is not a matter of rights on the table (its page, "Permissions"). */
const reseedDenied: Meaning = {
  ...denied,
  remedy: 'Run: ALTER ROLE db_ddladmin ADD MEMBER <user>; or let the user own the schema.',
};

const databaseMissing: Meaning = {
  code: 'DATABASE_MISSING',
  says: (subject) => `The database of ${subject} does not exist or may not be opened.`,
  remedy: 'Correct the database name, create the database, or give the login a user in it.',
  textIsSafe: true,
};

const deadlock: Meaning = {
  code: 'DEADLOCK',
  says: (subject) => `${subject} ended a transaction of Sluice to resolve a deadlock.`,
  remedy: RETRIED,
};

const conflict: Meaning = {
  code: 'DEADLOCK',
  says: (subject) => `A transaction on ${subject} lost to another one.`,
  remedy: RETRIED,
};

const lockTimeout: Meaning = {
  code: 'LOCK_TIMEOUT',
  says: (subject) => `A lock on ${subject} was not free in time.`,
  remedy: `Look for long transactions on that table. ${RETRIED}`,
};

const collision: Meaning = {
  code: 'TARGET_COLLISION',
  says: (subject) => `An object of that name exists already in ${subject}.`,
  remedy: 'Rename or drop the other object, or choose another name in the configuration.',
  textIsSafe: true,
};

const full: Meaning = {
  code: 'DISK_FULL',
  says: (subject) => `A file or the log of ${subject} is full.`,
  remedy: `Free some space, let the files grow, or back up the log. ${RETRIED}`,
  textIsSafe: true,
};

const feedOff: Meaning = {
  code: 'FEED_NOT_ENABLED',
  says: (subject) => `Change Data Capture or Change Tracking is not switched on in ${subject}.`,
  remedy: 'Run check: it prints the statements for a DBA, or allow it by enableCdc: true.',
  textIsSafe: true,
};

const snapshotOff: Meaning = {
  code: 'FEED_NOT_ENABLED',
  says: (subject) => `Snapshot isolation is not allowed in ${subject}.`,
  remedy: 'ALTER DATABASE … SET ALLOW_SNAPSHOT_ISOLATION ON, or leave it off in the configuration.',
  textIsSafe: true,
};

const switchRefused: Meaning = {
  code: 'SCHEMA_MISMATCH',
  says: (subject) => `${subject} refused to switch a partition or table.`,
  remedy: 'The rows are merged instead; plan names what differs between stage and table.',
  textIsSafe: true,
};

const truncateRefused: Meaning = {
  code: 'SCHEMA_MISMATCH',
  says: (subject) => `${subject} refused to truncate the table.`,
  remedy: 'Its rows are deleted in batches instead.',
  textIsSafe: true,
};

/** The catalogue would have told of a foreign key that the login sees. */
const referredTo: Meaning = {
  ...truncateRefused,
  remedy:
    'Use load: merge; or run GRANT VIEW DEFINITION TO <user>, which shows the foreign keys that refer to it, then retry the table.',
};

const boundTable: Meaning = {
  code: 'SCHEMA_MISMATCH',
  says: (subject) => `A view or function of ${subject} is bound to the table.`,
  remedy: 'Use load: merge, which keeps the table, or drop what is bound to it.',
  textIsSafe: true,
};

const statementEnded: Meaning = {
  code: 'SERVER_BUSY',
  says: (subject) =>
    `A statement on ${subject} was ended: its time limit passed or it was cancelled.`,
  remedy: `If it comes again, raise statementTimeout of the connection, for a source also that of its care. ${RETRIED}`,
};

function numbers(list: readonly number[], meaning: Meaning): [number, Meaning][] {
  return list.map((number) => [number, meaning]);
}

/** By error number ("Database engine events and errors"). */
export const BY_NUMBER: ReadonlyMap<number, Meaning> = new Map<number, Meaning>([
  ...numbers([18456, 18452, 18470, 18486, 18487, 18488, 40532], loginRefused),
  ...numbers([4060, 911, 942, 945, 946, 916], databaseMissing),
  ...numbers([229, 230, 262, 297, 300, 371, 378, 2760, 15247, 3906], denied),
  ...numbers([22902, 22904, 15151], denied),
  ...numbers([2557], reseedDenied),
  ...numbers([207, 208, 1088, 2812, 4701, 4902, 3701, 3702, 15225, 15248, 40515], objectMissing),
  ...numbers([102, 105, 156, 170, 213, 206, 257, 402, 468, 529, 544, 8101, 8106, 8107], misfit),
  ...numbers([1750, 1759, 1781, 1785, 1769, 1767, 1776, 3725, 3727, 4922, 5074], misfit),
  ...numbers([8102, 271, 272, 273], misfit),
  ...numbers([4816, 4815, 4819, 4891, 334], misfit),
  ...numbers([2714, 2705, 1801, 1779, 1913], collision),
  ...numbers([547, 515, 550], constraint),
  ...numbers([2627, 2601, 1505], duplicate),
  ...numbers([2628, 8152, 8115, 8114, 220, 232, 242, 245, 241, 295], rejected),
  ...numbers([9807, 9809, 9813, 9814, 517, 535, 8134, 7139, 8672, 512, 6355], rejected),
  ...numbers([1205], deadlock),
  ...numbers([3960, 3961, 601], conflict),
  ...numbers([1222], lockTimeout),
  ...numbers([1204, 701, 802, 8645, 8651, 17803, 997, 4221, 10928, 10929, 10936], busy),
  ...numbers([40143, 40197, 40540, 40549, 40550, 40613, 42108, 42109], busy),
  ...numbers([49918, 49919, 49920, 596, 6005, 4014], busy),
  ...numbers([976, 978, 979, 983, 35250, 3904], failover),
  ...numbers([64, 121, 233, 10053, 10054, 10060, 11001, 17142], connectionLost),
  ...numbers([40501], throttled),
  ...numbers([53], unreachable),
  ...numbers([40615], shutOut),
  ...numbers([9002, 1105, 1101, 3257, 823, 40544], full),
  ...numbers([22901, 22985, 22105, 4998, 313], feedOff),
  ...numbers([3952], snapshotOff),
  ...numbers([4711, 4707, 4710], truncateRefused),
  ...numbers([4712], referredTo),
  ...numbers([3729, 15336], boundTable),
  ...numbers([...SWITCH_REFUSED.keys()], switchRefused),
]);

function codes(names: readonly string[], meaning: Meaning): [string, Meaning][] {
  return names.map((name) => [name, meaning]);
}

/** By the code of the driver, of Node.js's network or of TLS. */
export const BY_DRIVER_CODE: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ...codes(['ELOGIN', 'EFEDAUTH'], loginRefused),
  ...codes(['ETIMEOUT', 'ECANCEL'], statementEnded),
  ...codes(['ECONNCLOSED', 'ECLOSE', 'EINVALIDSTATE', 'ENOTOPEN'], connectionLost),
  ...codes(['EINSTLOOKUP', 'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH'], unreachable),
  ...codes(['ENETUNREACH', 'ETIMEDOUT', 'EHOSTDOWN', 'ENETDOWN', 'EADDRNOTAVAIL'], unreachable),
  ...codes(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ERR_STREAM_DESTROYED'], connectionLost),
  ...codes(['ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_WRITE_AFTER_END'], connectionLost),
  ...codes(['ERR_SOCKET_CLOSED', 'ENOTCONN', 'ETDS', 'EBADTOKEN'], connectionLost),
  ...codes(['EENCRYPT', 'EPROTO', 'SELF_SIGNED_CERT_IN_CHAIN'], tlsRefused),
  ...codes(['DEPTH_ZERO_SELF_SIGNED_CERT', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'], tlsRefused),
  ...codes(['UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'], tlsRefused),
]);

/** Prefixes of Node.js codes that all mean that TLS failed. */
export const TLS_CODE_PREFIXES: readonly string[] = ['ERR_TLS_', 'ERR_SSL_', 'ERR_OSSL_', 'CERT_'];

export const CONNECTION_LOST = connectionLost;
export const UNREACHABLE = unreachable;
export const TLS_REFUSED = tlsRefused;
