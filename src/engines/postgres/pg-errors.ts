import type { SluiceErrorDetails } from '../../core/errors.js';
import { SluiceError } from '../../core/errors.js';
import type { Meaning } from './pg-error-codes.js';
import {
  BY_CLASS,
  BY_DRIVER_TEXT,
  BY_NODE_CODE,
  BY_SQLSTATE,
  LOGIN_REFUSED,
  LOGIN_TEXT_PREFIX,
  TLS_CODE_PREFIXES,
  UNKNOWN_LABEL,
} from './pg-error-codes.js';

/** Raised by Sluice's own SQL when the tables of a lane are not the ones the lane believes in. */
export const MEMBERSHIP_CHANGED = 'SL002';

/** The constraint violations after which a batch is worth another way of applying it. */
const UNIQUE_OR_REFERENCE = new Set(['23505', '23503', '23P01']);

/** Invalid text representation, for a label also of one that came in binary. */
const INVALID_TEXT = '22P02';
/** Where the server reads a label (src/backend/utils/adt/enum.c): by SQLSTATE it may be any text. */
const LABEL_ROUTINES = new Set(['enum_in', 'enum_recv']);

/** Integrity constraint violations ("PostgreSQL Error Codes", class 23). */
const CONSTRAINT_CLASS = '23';

/** EPIPE and its like have five letters too; no class of SQLSTATE begins with an E. */
const SQLSTATE = /^(?!E)[0-9A-Z]{5}$/;

/**
 * The one place that says what an error of PostgreSQL, of its driver or of the network means.
 * The result never holds what the server said about rows: its detail, hint, context and, for most
 * codes, its message are dropped; `vendorCode` is the SQLSTATE or the network code.
 *
 * @param subject names the server or table in the message, as in "the target shop"
 */
export function toPgError(thrown: unknown, subject: string): SluiceError {
  if (thrown instanceof SluiceError) return thrown;
  const known = meaningOf(thrown);
  if (known === undefined) return unforeseen(thrown, subject);
  const serverText = known.textIsSafe === true && sqlStateOf(thrown) !== undefined;
  const text = serverText && thrown instanceof Error ? ` The server says: ${thrown.message}.` : '';
  const message = capitalized(known.says(subject)) + namesOf(thrown) + text;
  return new SluiceError(known.code, message, detailsOf(thrown, known.remedy));
}

/** What refused a row, where the server says it in fields of their own: those hold no values. */
function namesOf(thrown: unknown): string {
  if (!(thrown instanceof Error) || sqlStateOf(thrown)?.startsWith(CONSTRAINT_CLASS) !== true) {
    return '';
  }
  const named = ['table', 'column', 'constraint'].flatMap((field) => {
    const name: unknown = Reflect.get(thrown, field);
    return typeof name === 'string' ? [`${field} "${name}"`] : [];
  });
  return named.length === 0 ? '' : ` The server names ${named.join(', ')}.`;
}

/** SQLSTATE of a server error, or of one that toPgError made of it. */
export function sqlStateOf(thrown: unknown): string | undefined {
  const code = thrown instanceof SluiceError ? thrown.vendorCode : codeOf(thrown);
  return code !== undefined && SQLSTATE.test(code) ? code : undefined;
}

/** The lane's own signal to load its list of tables again; never shown to a user. */
export function isMembershipChanged(thrown: unknown): boolean {
  return sqlStateOf(thrown) === MEMBERSHIP_CHANGED;
}

/** A row has a label that the target's enum lacks. */
export function isUnknownLabel(error: SluiceError): boolean {
  return error.code === UNKNOWN_LABEL.code && error.vendorCode === INVALID_TEXT;
}

/** A unique, foreign key or exclusion constraint refused a row: another order may pass. */
export function isOrderSensitive(thrown: unknown): boolean {
  return UNIQUE_OR_REFERENCE.has(sqlStateOf(thrown) ?? '');
}

function meaningOf(thrown: unknown): Meaning | undefined {
  const sqlState = sqlStateOf(thrown);
  if (sqlState === INVALID_TEXT && LABEL_ROUTINES.has(routineOf(thrown))) return UNKNOWN_LABEL;
  if (sqlState !== undefined) {
    return BY_SQLSTATE.get(sqlState) ?? BY_CLASS.get(sqlState.slice(0, 2));
  }
  const code = codeOf(thrown) ?? '';
  const byCode = BY_NODE_CODE.get(code);
  if (byCode !== undefined) return byCode;
  if (TLS_CODE_PREFIXES.some((prefix) => code.startsWith(prefix))) {
    return BY_NODE_CODE.get('HOSTNAME_MISMATCH');
  }
  if (thrown instanceof AggregateError) return meaningOf(thrown.errors[0]);
  if (!(thrown instanceof Error)) return undefined;
  if (thrown.message.startsWith(LOGIN_TEXT_PREFIX)) return LOGIN_REFUSED;
  return BY_DRIVER_TEXT.get(thrown.message);
}

function unforeseen(thrown: unknown, subject: string): SluiceError {
  const code = codeOf(thrown);
  const name = code ?? (thrown instanceof Error ? thrown.name : typeof thrown);
  const remedy = 'The worker log at level debug has the place in the server that raised it.';
  return new SluiceError('UNEXPECTED', `An unexpected error (${name}) came from ${subject}.`, {
    ...detailsOf(thrown, remedy),
  });
}

function detailsOf(thrown: unknown, remedy: string): SluiceErrorDetails {
  const vendorCode = codeOf(thrown);
  const cause = withoutValues(thrown);
  return {
    remedy,
    ...(vendorCode === undefined ? {} : { vendorCode }),
    ...(cause === undefined ? {} : { cause }),
  };
}

/** Names and places only: what a debug log may show of a server's error. */
function withoutValues(thrown: unknown): unknown {
  if (sqlStateOf(thrown) === undefined || !(thrown instanceof Error)) {
    return thrown instanceof TypeError || thrown instanceof RangeError ? thrown : undefined;
  }
  const names = ['severity', 'code', 'schema', 'table', 'column', 'constraint', 'routine', 'line'];
  const parts = names.flatMap((name) => {
    const value: unknown = Reflect.get(thrown, name);
    return typeof value === 'string' ? [`${name} ${value}`] : [];
  });
  const safe = new Error(parts.join(', '));
  safe.name = 'PostgresError';
  return safe;
}

function codeOf(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null) return undefined;
  const code: unknown = Reflect.get(thrown, 'code');
  return typeof code === 'string' ? code : undefined;
}

function routineOf(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null) return '';
  const routine: unknown = Reflect.get(thrown, 'routine');
  return typeof routine === 'string' ? routine : '';
}

function capitalized(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
