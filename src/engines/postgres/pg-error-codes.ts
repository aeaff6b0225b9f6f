import type { ErrorCode } from '../../core/errors.js';

/** What a server or network code means: our code, and a sentence about `subject`. */
export interface Meaning {
  readonly code: ErrorCode;
  readonly says: (subject: string) => string;
  readonly remedy: string;
  /**
   * The server's own text names only objects and settings for this code, never a value of a row,
   * so it may be passed on.
   */
  readonly textIsSafe?: true;
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
  remedy: `Check host, port and firewall, and that the server runs. ${RETRIED}`,
};

const loginRefused: Meaning = {
  code: 'LOGIN_REFUSED',
  says: (subject) => `${subject} refused the login.`,
  remedy:
    'Check user, password, tls.cert where the server wants a certificate, and pg_hba.conf; the password is read again at every attempt.',
  textIsSafe: true,
};

const tlsRefused: Meaning = {
  code: 'TLS_REFUSED',
  says: (subject) => `No TLS connection to ${subject} could be made.`,
  remedy:
    'Check tls.mode, tls.ca and tls.serverName of the connection, and that tls.cert and tls.key, where given, belong together.',
};

const busy: Meaning = {
  code: 'SERVER_BUSY',
  says: (subject) => `${subject} is busy or out of a resource just now.`,
  remedy: RETRIED,
  textIsSafe: true,
};

const rejected: Meaning = {
  code: 'ROW_REJECTED',
  says: (subject) => `${subject} refused a row.`,
  remedy: 'Compare the constraints and types of the target table with the source.',
};

const objectMissing: Meaning = {
  code: 'TABLE_MISSING',
  says: (subject) => `A table, column or type that Sluice expects in ${subject} is not there.`,
  remedy: 'Run plan to see what differs, then resync the table or correct its mapping.',
  textIsSafe: true,
};

const denied: Meaning = {
  code: 'PERMISSION_DENIED',
  says: (subject) => `The role that Sluice uses may not do this on ${subject}.`,
  remedy: 'Run check: it lists the missing rights with the GRANT statements that give them.',
  textIsSafe: true,
};

/** Of a new label; while it is that the catalogue watch brings it, and the table goes on by itself. */
export const UNKNOWN_LABEL: Meaning = {
  code: 'SCHEMA_MISMATCH',
  says: (subject) => `An enum of ${subject} lacks a label that a row of the source has.`,
  remedy:
    'It gets the label from the source, and the table goes on; where Sluice did not make the enum, ' +
    'run ALTER TYPE … ADD VALUE there.',
};

/** By SQLSTATE (PostgreSQL documentation, "PostgreSQL Error Codes"), and Sluice's own SL codes. */
export const BY_SQLSTATE: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ['28P01', loginRefused],
  ['28000', loginRefused],
  [
    '3D000',
    {
      code: 'DATABASE_MISSING',
      says: (subject) => `The database of ${subject} does not exist.`,
      remedy: 'Correct the database name in the configuration or create the database.',
      textIsSafe: true,
    },
  ],
  ['42501', denied],
  ['42P01', objectMissing],
  ['3F000', objectMissing],
  ['42703', objectMissing],
  ['42883', objectMissing],
  ['42704', objectMissing],
  ['55P03', lockTimeout()],
  ['40P01', deadlock()],
  ['40001', { ...busy, says: (subject) => `A transaction on ${subject} lost to another one.` }],
  ['53300', busy],
  ['57P03', busy],
  [
    '53100',
    {
      code: 'DISK_FULL',
      says: (subject) => `The disk of ${subject} is full.`,
      remedy: `Free some space. ${RETRIED}`,
    },
  ],
  ['57014', statementEnded()],
  ['25P02', transactionAborted()],
  ['25006', { ...busy, says: (subject) => `${subject} takes no writes: it is a standby now.` }],
  ['25P03', connectionLost],
  [
    '55006',
    {
      code: 'FEED_IN_USE',
      says: (subject) => `Another session still uses the replication slot on ${subject}.`,
      remedy: `Only one worker reads a slot at a time. ${RETRIED}`,
      textIsSafe: true,
    },
  ],
  [
    '42710',
    {
      code: 'TARGET_COLLISION',
      says: (subject) => `An object of that name exists already in ${subject}.`,
      remedy: 'Rename or drop the other object, or choose another name in the configuration.',
      textIsSafe: true,
    },
  ],
  ['42P07', collision()],
  ['42P06', collision()],
  [
    'SL001',
    {
      code: 'FENCED_OUT',
      says: (subject) => `Another worker has taken over on ${subject}.`,
      remedy: 'Nothing to do: the newer owner goes on.',
    },
  ],
  ['SL002', { ...busy, says: (subject) => `The tables of a lane on ${subject} changed.` }],
  [
    'SL003',
    {
      code: 'STALE_EPOCH',
      says: (subject) => `A newer copy of the table on ${subject} has begun.`,
      remedy: 'Nothing to do: the newer copy goes on.',
    },
  ],
]);

/** By SQLSTATE class (its first two characters) where the code itself is not listed. */
export const BY_CLASS: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ['08', connectionLost],
  ['22', rejected],
  ['23', rejected],
  ['54', rejected],
  ['P0', rejected],
  ['40', busy],
  ['28', loginRefused],
  [
    '42',
    {
      code: 'SCHEMA_MISMATCH',
      says: (subject) => `The tables, columns or types of ${subject} do not fit a statement.`,
      remedy: 'Run plan to see what differs from the source.',
    },
  ],
  ['53', busy],
  ['57', connectionLost],
  ['58', busy],
]);

/** By the code of a Node.js network or TLS error. */
export const BY_NODE_CODE: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ...codes(
    ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT'],
    unreachable,
  ),
  ...codes(['EHOSTDOWN', 'ENETDOWN', 'EADDRNOTAVAIL', 'ENOENT'], unreachable),
  ...codes(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ERR_STREAM_DESTROYED'], connectionLost),
  ...codes(['ERR_STREAM_WRITE_AFTER_END', 'ERR_SOCKET_CLOSED', 'ENOTCONN'], connectionLost),
  // guarded-parser.ts
  ['EBADMSG', connectionLost],
  ...codes(['SELF_SIGNED_CERT_IN_CHAIN', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'EPROTO'], tlsRefused),
  ...codes(['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'HOSTNAME_MISMATCH'], tlsRefused),
  ...codes(['UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'], tlsRefused),
]);

/** Prefixes of Node.js codes that all mean that TLS failed. */
export const TLS_CODE_PREFIXES: readonly string[] = ['ERR_TLS_', 'ERR_SSL_', 'ERR_OSSL_', 'CERT_'];

/** The driver's own errors, which have no code; from pg/lib/client.js and connection.js. */
export const BY_DRIVER_TEXT: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ['Connection terminated', connectionLost],
  ['Connection terminated unexpectedly', connectionLost],
  ['Client has encountered a connection error and is not queryable', connectionLost],
  ['Client was closed and is not queryable', connectionLost],
  ['timeout expired', unreachable],
  ['The server does not support SSL connections', tlsRefused],
  ['There was an error establishing an SSL connection', tlsRefused],
]);

/** The driver refuses an empty or missing password, or a server that does not know it. */
export const LOGIN_TEXT_PREFIX = 'SASL';
export const LOGIN_REFUSED = loginRefused;

function codes(names: readonly string[], meaning: Meaning): [string, Meaning][] {
  return names.map((name) => [name, meaning]);
}

function lockTimeout(): Meaning {
  return {
    code: 'LOCK_TIMEOUT',
    says: (subject) => `A lock on ${subject} was not free in time.`,
    remedy: `Look for long transactions on that table. ${RETRIED}`,
  };
}

function deadlock(): Meaning {
  return {
    code: 'DEADLOCK',
    says: (subject) => `${subject} ended a transaction of Sluice to resolve a deadlock.`,
    remedy: RETRIED,
  };
}

function statementEnded(): Meaning {
  return {
    code: 'SERVER_BUSY',
    says: (subject) => `${subject} ended a statement: its time limit passed or it was cancelled.`,
    remedy: `If it comes again, raise statementTimeout of the connection, for a source also that of its care. ${RETRIED}`,
  };
}

function transactionAborted(): Meaning {
  return {
    code: 'SERVER_BUSY',
    says: (subject) => `A transaction on ${subject} had failed before this statement.`,
    remedy: RETRIED,
  };
}

function collision(): Meaning {
  return {
    code: 'TARGET_COLLISION',
    says: (subject) => `A table or schema of that name exists already in ${subject}.`,
    remedy: 'Rename or drop the other object, or choose another name in the configuration.',
    textIsSafe: true,
  };
}
