/**
 * The catalogue of errors that Sluice raises on purpose. Each code has one entry in
 * docs/troubleshooting.md under the heading of the same name; a test compares both lists.
 *
 * kind says who has to act:
 * - transient: the same work will succeed later (connection lost, deadlock, server busy); retry.
 * - permanent: a person has to change something; the table or command stops with the remedy.
 * - benign: a newer owner or epoch has taken over; stop quietly, nothing is wrong.
 */
export type ErrorKind = 'transient' | 'permanent' | 'benign';

export const ERROR_KINDS = {
  // configuration
  // Transient where they are a worker's own: another worker, or the same one corrected, can do it.
  CONFIG_NOT_FOUND: 'transient',
  CONFIG_INVALID: 'permanent',
  CONFIG_UNCONFIRMED: 'permanent',
  SECRET_MISSING: 'transient',
  PIPELINE_UNKNOWN: 'transient',
  TARGET_UNKNOWN: 'transient',
  TABLE_UNKNOWN: 'permanent',
  COMMAND_INVALID: 'permanent',
  // reaching a server
  CONNECTION_LOST: 'transient',
  SERVER_UNREACHABLE: 'transient',
  SERVER_BUSY: 'transient',
  LOGIN_REFUSED: 'transient',
  DATABASE_MISSING: 'permanent',
  TLS_REFUSED: 'permanent',
  PERMISSION_DENIED: 'permanent',
  VERSION_UNSUPPORTED: 'permanent',
  // source and target set-up
  SOURCE_IS_TARGET: 'permanent',
  TARGET_OWNED: 'permanent',
  TARGET_NOT_EMPTY: 'permanent',
  TARGET_COLLISION: 'permanent',
  TABLE_MISSING: 'permanent',
  KEY_MISSING: 'permanent',
  TYPE_UNSUPPORTED: 'permanent',
  SCHEMA_MISMATCH: 'permanent',
  OBJECT_NOT_OURS: 'permanent',
  STATE_TOO_NEW: 'permanent',
  STATE_MISSING: 'permanent',
  // change feed
  FEED_NOT_ENABLED: 'permanent',
  FEED_SLOT_LIMIT: 'permanent',
  FEED_IN_USE: 'transient',
  FEED_GAP: 'permanent',
  FEED_CHANGED: 'permanent',
  // rows
  ROW_REJECTED: 'permanent',
  LOCK_TIMEOUT: 'transient',
  DEADLOCK: 'transient',
  DISK_FULL: 'transient',
  PARKED_BUDGET: 'permanent',
  VERIFICATION_FAILED: 'permanent',
  // ownership
  FENCED_OUT: 'benign',
  STALE_EPOCH: 'benign',
  CANCELLED: 'benign',
  // Temporal
  TEMPORAL_UNREACHABLE: 'transient',
  TEMPORAL_REFUSED: 'permanent',
  WORKER_MISSING: 'transient',
  WORKFLOW_UNKNOWN: 'permanent',
  PAYLOAD_TOO_LARGE: 'permanent',
  // the embedded default (src/local)
  LOCAL_SERVER_FAILED: 'permanent',
  LOCAL_SERVER_IN_USE: 'permanent',
  LOCAL_TEMPORAL_MISSING: 'permanent',
  // anything that nobody foresaw
  UNEXPECTED: 'transient',
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERROR_KINDS;

export interface SluiceErrorDetails {
  /** One sentence that says what to do; shown after the message. */
  readonly remedy?: string;
  /** The vendor's own code (SQLSTATE, SQL Server number), never its text: that can hold values. */
  readonly vendorCode?: string;
  /** How long the server asks to be left alone before the next try. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/**
 * An error that a user may read. `message` names the thing (table, column, server) and never holds
 * a row's values or a secret; `remedy` says what to do about it.
 */
export class SluiceError extends Error {
  override readonly name = 'SluiceError';
  readonly code: ErrorCode;
  readonly kind: ErrorKind;
  readonly remedy: string | undefined;
  readonly vendorCode: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, details: SluiceErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.kind = ERROR_KINDS[code];
    this.remedy = details.remedy;
    this.vendorCode = details.vendorCode;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** The whole sentence for a person: what happened, what to do, where to read more. */
export function explainError(error: SluiceError): string {
  const remedy = error.remedy === undefined ? '' : ` ${error.remedy}`;
  return `${error.message}${remedy} ${codeText(error.code)}`;
}

/** A code, and where the documentation has it when it is in the catalogue. */
export function codeText(code: string): string {
  const listed = Object.hasOwn(ERROR_KINDS, code);
  return listed ? `[${code}, see docs/troubleshooting.md#${code.toLowerCase()}]` : `[${code}]`;
}

/** A message that was written down with its code, as one that a person reads. */
export function withCode(message: string, code: string): string {
  return message.includes(`[${code}`) ? message : `${message} ${codeText(code)}`;
}

/** Narrow anything thrown to a SluiceError; what nobody foresaw becomes UNEXPECTED. */
export function toSluiceError(thrown: unknown): SluiceError {
  if (thrown instanceof SluiceError) return thrown;
  const name = thrown instanceof Error ? thrown.name : typeof thrown;
  return new SluiceError('UNEXPECTED', `An unexpected ${name} stopped this step.`, {
    remedy: 'The worker log at level debug has the details; it is retried with a growing delay.',
    cause: thrown,
  });
}
