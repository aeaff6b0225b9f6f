import type { SluiceErrorDetails } from '../../core/errors.js';
import { SluiceError } from '../../core/errors.js';
import type { Meaning } from './ms-error-codes.js';
import {
  BY_DRIVER_CODE,
  BY_NUMBER,
  CONNECTION_LOST,
  TLS_CODE_PREFIXES,
  TLS_REFUSED,
  UNREACHABLE,
} from './ms-error-codes.js';
import { SWITCH_REFUSED } from './switch-errors.js';

/** Said beside other errors, never by itself the reason. */
const COMPANIONS: ReadonlySet<number> = new Set([1750, 3621, 3609, 1776, 5011, 5069]);
/**
 * 2627 comes of a key, 2601 of a unique index, 547 of a foreign key
 * (test/conformance/sqlserver/changes: "a foreign key and a check fail with 547").
 */
const DUPLICATE: ReadonlySet<number> = new Set([2627, 2601]);
const ORDER_SENSITIVE: ReadonlySet<number> = new Set([2627, 2601, 547]);
const MAX_CAUSES = 8;

/**
 * The one place that says what an error of SQL Server, of its driver or of the network means. The
 * result never holds what the server said about rows: for most numbers its text is dropped;
 * `vendorCode` is the error number, or the code of driver or network.
 *
 * @param subject names the server or table in the message, as in "the target database shop"
 */
export function toMsError(thrown: unknown, subject: string): SluiceError {
  const error = tellingError(thrown);
  if (error instanceof SluiceError) return error;
  const known = meaningOf(error);
  if (known === undefined) return unforeseen(error, subject);
  const serverText = known.textIsSafe === true && numberOf(error) !== undefined;
  const text = serverText && error instanceof Error ? ` The server says: ${error.message}` : '';
  const named = error instanceof Error ? (known.names?.(error.message) ?? null) : null;
  const names = named === null ? '' : ` The server names ${named}.`;
  const message = capitalized(known.says(subject)) + names + text;
  return new SluiceError(known.code, message, detailsOf(error, known));
}

/** Error number of the server, also of an error that toMsError made of it. */
export function msNumberOf(thrown: unknown): number | undefined {
  if (!(thrown instanceof SluiceError)) return numberOf(tellingError(thrown));
  const number = Number(thrown.vendorCode ?? 'none');
  return Number.isInteger(number) ? number : undefined;
}

/** A unique or foreign key refused a row: another order may pass. */
export function isOrderSensitive(thrown: unknown): boolean {
  return ORDER_SENSITIVE.has(msNumberOf(thrown) ?? 0);
}

export function isDuplicateKey(thrown: unknown): boolean {
  return DUPLICATE.has(msNumberOf(thrown) ?? 0);
}

/** Why a SWITCH was refused, in a few words; null when it failed for another reason. */
export function switchRefusal(thrown: unknown): string | null {
  return SWITCH_REFUSED.get(msNumberOf(thrown) ?? 0) ?? null;
}

/**
 * A table that is published, captured or referenced by a foreign key cannot be truncated
 * (test/conformance/sqlserver/change-data-capture: "keeps its table from TRUNCATE (4711)").
 */
export function isTruncateRefused(thrown: unknown): boolean {
  return [4711, 4712].includes(msNumberOf(thrown) ?? 0);
}

/** The driver puts several errors of one request into an AggregateError, the reason first. */
function tellingError(thrown: unknown): unknown {
  if (!(thrown instanceof AggregateError)) return thrown;
  const errors: readonly unknown[] = thrown.errors;
  const telling = errors.filter((error) => !COMPANIONS.has(numberOf(error) ?? 0));
  return telling.find((error) => meaningOf(error) !== undefined) ?? telling[0] ?? errors[0];
}

function meaningOf(error: unknown): Meaning | undefined {
  const number = numberOf(error);
  if (number !== undefined) return BY_NUMBER.get(number);
  for (const code of codesOf(error)) {
    const meaning = isSocketCode(error, code) ? undefined : BY_DRIVER_CODE.get(code);
    if (meaning !== undefined) return meaning;
    if (TLS_CODE_PREFIXES.some((prefix) => code.startsWith(prefix))) return TLS_REFUSED;
  }
  if (isConnecting(error)) return UNREACHABLE;
  return codesOf(error)[0] === 'ESOCKET' ? CONNECTION_LOST : undefined;
}

/** The driver's ESOCKET and ETIMEOUT say both that nobody answered and that a session broke. */
function isSocketCode(error: unknown, code: string): boolean {
  return code === 'ESOCKET' || (code === 'ETIMEOUT' && isConnecting(error));
}

function isConnecting(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Failed to connect');
}

function unforeseen(thrown: unknown, subject: string): SluiceError {
  const name = vendorCodeOf(thrown) ?? (thrown instanceof Error ? thrown.name : typeof thrown);
  const remedy = 'The worker log at level debug has the place that raised it.';
  const message = `An unexpected error (${name}) came from ${subject}.`;
  return new SluiceError('UNEXPECTED', message, detailsOf(thrown, { remedy }));
}

function detailsOf(
  thrown: unknown,
  { remedy, retryAfterMs }: Pick<Meaning, 'remedy' | 'retryAfterMs'>,
): SluiceErrorDetails {
  const vendorCode = vendorCodeOf(thrown);
  const cause = withoutValues(thrown);
  return {
    remedy,
    ...(vendorCode === undefined ? {} : { vendorCode }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(cause === undefined ? {} : { cause }),
  };
}

/** Numbers and places only: what a debug log may show of a server's error. */
function withoutValues(thrown: unknown): unknown {
  if (numberOf(thrown) === undefined || !(thrown instanceof Error)) {
    return thrown instanceof TypeError || thrown instanceof RangeError ? thrown : undefined;
  }
  const parts = ['number', 'state', 'class', 'procName', 'lineNumber'].flatMap((name) => {
    const value: unknown = Reflect.get(thrown, name);
    const said = typeof value === 'number' || (typeof value === 'string' && value !== '');
    return said ? [`${name} ${value}`] : [];
  });
  const safe = new Error(parts.join(', '));
  safe.name = 'SqlServerError';
  return safe;
}

function vendorCodeOf(thrown: unknown): string | undefined {
  const number = numberOf(thrown);
  return number === undefined ? codesOf(thrown)[0] : String(number);
}

function numberOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const number: unknown = Reflect.get(error, 'number');
  return typeof number === 'number' ? number : undefined;
}

/** The codes of an error and of its causes: the driver wraps what the network said. */
function codesOf(error: unknown): string[] {
  const codes: string[] = [];
  let at: unknown = error;
  for (let depth = 0; depth < MAX_CAUSES && at instanceof Error; depth += 1) {
    const code: unknown = Reflect.get(at, 'code');
    if (typeof code === 'string') codes.push(code);
    at = at instanceof AggregateError ? at.errors[0] : at.cause;
  }
  return codes;
}

function capitalized(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
