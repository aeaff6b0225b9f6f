/** Which migrations of the schema `sluice` a target lacks, and whether this worker may use it. */
import { SluiceError } from '../../core/errors.js';

export interface Migration {
  readonly version: number;
  /** A worker that does not know this version must not write: its statements would be wrong. */
  readonly breaking: boolean;
  readonly file: URL;
}

export interface Applied {
  readonly version: number;
  readonly breaking: boolean;
}

/**
 * The version that a target has, and what is missing there.
 *
 * @throws SluiceError STATE_TOO_NEW
 */
export function missingFrom(
  known: readonly Migration[],
  applied: readonly Applied[],
  subject: string,
): { version: number; missing: readonly Migration[] } {
  const latest = latestOf(known);
  const newest = applied.filter((row) => row.version > latest && row.breaking).at(-1);
  if (newest !== undefined) {
    throw new SluiceError(
      'STATE_TOO_NEW',
      `The schema sluice in ${subject} has version ${String(newest.version)}; this worker knows ` +
        `versions up to ${String(latest)}.`,
      { remedy: 'Run a worker of the newer release: state is never taken back to an older one.' },
    );
  }
  const there = new Set(applied.map((row) => row.version));
  return {
    version: Math.max(0, ...there),
    missing: known.filter((migration) => !there.has(migration.version)),
  };
}

export function latestOf(known: readonly Migration[]): number {
  return Math.max(...known.map((migration) => migration.version));
}

/** Where a right is missing, a DBA can run the script instead. */
export function withScriptRemedy(
  error: unknown,
  subject: string,
  { who, grants }: { readonly who: string; readonly grants: string },
): unknown {
  if (!(error instanceof SluiceError) || error.code !== 'PERMISSION_DENIED') return error;
  return new SluiceError(
    'PERMISSION_DENIED',
    `The ${who} that Sluice uses may not create or read the schema sluice in ${subject}.`,
    {
      remedy:
        'Have a DBA run the script that `sluice state init --print` gives, and grant the ' +
        `${who} ${grants}.`,
      ...(error.vendorCode === undefined ? {} : { vendorCode: error.vendorCode }),
      cause: error,
    },
  );
}
