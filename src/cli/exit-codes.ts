/**
 * What the exit code of `sluice` says; scripts may rely on it.
 *
 * | code | meaning                                                                              |
 * |------|--------------------------------------------------------------------------------------|
 * | 0    | done, and nothing is wrong                                                           |
 * | 1    | failed, or differences were found                                                    |
 * | 2    | the command line or the configuration is wrong; nothing was tried                    |
 * | 3    | a server (source, target, Temporal) or a worker cannot be reached with these settings |
 * | 4    | degraded: it works, but a table is quarantined or a warning needs somebody            |
 * | 5    | a question was answered with no, or needed an answer that nobody could give           |
 * | 6    | the time given with --timeout was over before the end                                |
 * | 130  | interrupted                                                                          |
 */
import type { ErrorCode, SluiceError } from '../core/errors.js';

export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  unreachable: 3,
  degraded: 4,
  declined: 5,
  timeout: 6,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const USAGE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'CONFIG_NOT_FOUND',
  'CONFIG_INVALID',
  'SECRET_MISSING',
  'PIPELINE_UNKNOWN',
  'TARGET_UNKNOWN',
  'TABLE_UNKNOWN',
  'COMMAND_INVALID',
]);

const UNREACHABLE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'CONNECTION_LOST',
  'SERVER_UNREACHABLE',
  'SERVER_BUSY',
  'LOGIN_REFUSED',
  'DATABASE_MISSING',
  'TLS_REFUSED',
  'TEMPORAL_UNREACHABLE',
  'TEMPORAL_REFUSED',
  'WORKER_MISSING',
]);

export function exitCodeOf(error: SluiceError): ExitCode {
  return exitCodeOfName(error.code);
}

/** The same for the code of a finding, which may be no error's. */
export function exitCodeOfName(code: string): ExitCode {
  const has = (codes: ReadonlySet<string>): boolean => codes.has(code);
  if (has(USAGE)) return EXIT.usage;
  return has(UNREACHABLE) ? EXIT.unreachable : EXIT.failed;
}
