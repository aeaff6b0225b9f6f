/**
 * The versions of PostgreSQL that the tests run on. 14, the oldest, is published on npm for Linux on
 * x64 alone: elsewhere its tests are skipped, with the reason in their titles, from where the end of
 * the run counts them. On Linux on x64 nothing is skipped: there its absence is a failure.
 */
import { describe } from 'vitest';
import { isInstalled } from '../../src/local/postgres-binaries.js';
import type { PostgresVersion } from '../../src/local/postgres-server.js';

export interface Machine {
  readonly platform: string;
  readonly arch: string;
  readonly isInstalled: (version: PostgresVersion) => boolean;
}

const HERE: Machine = { platform: process.platform, arch: process.arch, isInstalled };

/** Why there is no server of this version on the machine; null where there is, or has to be, one. */
export function whyMissing(version: PostgresVersion, machine: Machine = HERE): string | null {
  const { platform, arch } = machine;
  if (version !== '14' || (platform === 'linux' && arch === 'x64')) return null;
  if (machine.isInstalled(version)) return null;
  return `needs PostgreSQL ${version}, which npm does not have for ${platform} on ${arch}`;
}

const missing14 = whyMissing('14');

/** For `skipIf`; the title is then made by `titled`. */
export const is14Missing = missing14 !== null;

/** The title of what needs this version; it ends with the reason where that is missing. */
export function titled(title: string, version: PostgresVersion = '14'): string {
  const reason = version === '14' ? missing14 : null;
  return reason === null ? title : `${title} (${reason})`;
}

/** `describe` for each version; `%s` in the title is the version. */
export function describeEachPostgres(
  title: string,
  body: (version: PostgresVersion) => void,
): void {
  for (const version of ['14', '18'] as const) {
    const own = titled(title.replace('%s', version), version);
    describe.skipIf(version === '14' && is14Missing)(own, () => {
      body(version);
    });
  }
}
