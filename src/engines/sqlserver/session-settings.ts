import { SluiceError } from '../../core/errors.js';
import type { MsConnection, MsPurpose } from './connection-options.js';

/** A lock that a statement on the source would wait for longer blocks its users behind it. */
const SOURCE_LOCK_TIMEOUT_MS = 5_000;
const READERS: ReadonlySet<MsPurpose> = new Set(['source', 'copy', 'primary', 'change']);

/**
 * What values, and the meaning of SQL, depend on: set by the driver at login and at each reset. Some
 * tables are not to be written without (test/conformance/sqlserver/set-options: "OFF refuses to
 * write a table with a filtered index").
 */
const PINNED: ReadonlySet<string> = new Set([
  'ANSI_DEFAULTS',
  'ANSI_NULLS',
  'ANSI_NULL_DFLT_ON',
  'ANSI_NULL_DFLT_OFF',
  'ANSI_PADDING',
  'ANSI_WARNINGS',
  'ARITHABORT',
  'CONCAT_NULL_YIELDS_NULL',
  'CURSOR_CLOSE_ON_COMMIT',
  'DATEFIRST',
  'DATEFORMAT',
  'FMTONLY',
  'IDENTITY_INSERT',
  'IMPLICIT_TRANSACTIONS',
  'LANGUAGE',
  'NOCOUNT',
  'NOEXEC',
  'NUMERIC_ROUNDABORT',
  'PARSEONLY',
  'QUOTED_IDENTIFIER',
  'ROWCOUNT',
  'TEXTSIZE',
  'TRANSACTION ISOLATION LEVEL',
  'XACT_ABORT',
]);

const OPTION = /^[A-Za-z_]+( [A-Za-z_]+)*$/;
const VALUE = /^(-?\d+|[A-Za-z_]+)$/;

/**
 * The SET statements that make a fresh or reset session ours, beyond what the driver sets.
 *
 * @throws SluiceError CONFIG_INVALID for an option that is malformed or pinned
 */
export function sessionSettings(
  connection: MsConnection,
  purpose: MsPurpose,
  lockTimeoutMs?: number,
): string {
  const lock = lockTimeoutMs ?? (READERS.has(purpose) ? SOURCE_LOCK_TIMEOUT_MS : -1);
  const chosen = Object.entries(connection.session).map(([name, value]) => {
    assertAllowed(name, value);
    return `SET ${name.toUpperCase()} ${value};`;
  });
  return [`SET LOCK_TIMEOUT ${lock};`, ...chosen].join('\n');
}

function assertAllowed(name: string, value: string): void {
  if (!OPTION.test(name) || !VALUE.test(value)) {
    throw new SluiceError('CONFIG_INVALID', `"${name}" is not a SET option with a plain value.`, {
      remedy: 'Write the name as after SET, and a number or a word, e.g. DEADLOCK_PRIORITY: LOW.',
    });
  }
  if (PINNED.has(name.toUpperCase())) {
    throw new SluiceError('CONFIG_INVALID', `The session setting ${name} is fixed by Sluice.`, {
      remedy: 'Remove it: Sluice sets it so that values arrive unchanged.',
    });
  }
}
