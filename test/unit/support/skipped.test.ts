import { describe, expect, it } from 'vitest';
import type { Machine } from '../../support/postgres-versions.js';
import { whyMissing } from '../../support/postgres-versions.js';
import { skipReason } from '../../support/skip-reason.js';

function machine(platform: string, arch: string, installed: readonly string[] = ['18']): Machine {
  return { platform, arch, isInstalled: (version) => installed.includes(version) };
}

describe('tests of PostgreSQL 14', () => {
  it.each([
    ['win32', 'x64'],
    ['darwin', 'arm64'],
    ['darwin', 'x64'],
    ['linux', 'arm64'],
  ])('are skipped with the reason on %s %s, those of 18 are not', (platform, arch) => {
    expect(whyMissing('14', machine(platform, arch))).toBe(
      `needs PostgreSQL 14, which npm does not have for ${platform} on ${arch}`,
    );
    expect(whyMissing('18', machine(platform, arch))).toBeNull();
  });

  it('run where somebody has installed it all the same', () => {
    expect(whyMissing('14', machine('linux', 'arm64', ['14', '18']))).toBeNull();
  });

  it('fail rather than being skipped on Linux on x64, where it has to be', () => {
    expect(whyMissing('14', machine('linux', 'x64', []))).toBeNull();
  });
});

describe('the reason of a skipped test', () => {
  it('is its note, else what its title needs, else its name', () => {
    const title = 'TLS (needs the openssl command) > is refused (twice)';
    expect(skipReason(title, 'a real server cleans up when it likes')).toMatch(/^a real server/);
    expect(skipReason(title, undefined)).toBe('needs the openssl command');
    expect(skipReason('a thing > is so', undefined)).toBe('a thing > is so');
  });
});
