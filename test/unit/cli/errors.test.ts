import { describe, expect, it } from 'vitest';
import { EXIT, exitCodeOfName } from '../../../src/cli/exit-codes.js';
import { exitCodeOfFindings, findingText } from '../../../src/cli/inspect/finding.js';
import { conclusion } from '../../../src/cli/commands/check.js';
import { exitCodeOfSummary } from '../../../src/cli/commands/verify.js';
import { reportError } from '../../../src/cli/report-error.js';
import { styleFor } from '../../../src/cli/text/style.js';
import { ERROR_KINDS, SluiceError } from '../../../src/core/errors.js';
import type { Finding } from '../../../src/engines/contract/schema.js';
import { memoryIo } from './memory-io.js';

const PLAIN = styleFor({ write: () => true }, {});

function finding(severity: Finding['severity'], code = 'x.y'): Finding {
  return { severity, code, subject: 'thing', message: 'The thing is so.' };
}

describe('an error', () => {
  it('is one sentence with remedy, code and place in the docs', () => {
    const io = memoryIo('.');
    const error = new SluiceError('KEY_MISSING', 'public.a has no key.', { remedy: 'Add one.' });
    expect(reportError(error, io)).toBe(EXIT.failed);
    expect(io.err()).toBe(
      'error: public.a has no key. Add one. [KEY_MISSING, see docs/troubleshooting.md#key_missing]\n',
    );
  });

  it('that nobody foresaw shows its stack only on request', () => {
    const quiet = memoryIo('.');
    expect(reportError(new TypeError('boom'), quiet)).toBe(EXIT.failed);
    expect(quiet.err().split('\n')).toHaveLength(2);
    expect(quiet.err()).toContain('SLUICE_DEBUG=1');
    const loud = memoryIo('.', { SLUICE_DEBUG: '1' });
    reportError(new TypeError('boom'), loud);
    expect(loud.err()).toContain('    at ');
  });
});

describe('exit codes', () => {
  it('exist for every error, and none says that all is well', () => {
    const codes = Object.keys(ERROR_KINDS).map(exitCodeOfName);
    expect(new Set(codes)).toEqual(new Set([EXIT.failed, EXIT.usage, EXIT.unreachable]));
    expect(exitCodeOfName('CONFIG_INVALID')).toBe(EXIT.usage);
    expect(exitCodeOfName('TEMPORAL_UNREACHABLE')).toBe(EXIT.unreachable);
    expect(exitCodeOfName('feed.wal-level')).toBe(EXIT.failed);
  });

  it('of findings go by the worst', () => {
    expect(exitCodeOfFindings([finding('ok'), finding('info')])).toBe(EXIT.ok);
    expect(exitCodeOfFindings([finding('warning'), finding('ok')])).toBe(EXIT.degraded);
    expect(exitCodeOfFindings([finding('warning'), finding('error')])).toBe(EXIT.failed);
    const unreachable = [finding('error', 'SERVER_UNREACHABLE')];
    expect(exitCodeOfFindings(unreachable)).toBe(EXIT.unreachable);
  });

  it('of a verification is 1 while a difference is left', () => {
    const counts = { passed: 3, failed: 0, unsettled: 0, skipped: 0, errors: 0, notVerified: [] };
    const nothing = { ...counts, notCompared: [], differences: 0, repaired: 0 };
    expect(exitCodeOfSummary(nothing)).toBe(EXIT.ok);
    expect(exitCodeOfSummary({ ...nothing, failed: 1, differences: 2 })).toBe(EXIT.failed);
    const repaired = { ...nothing, failed: 1, differences: 2, repaired: 2 };
    expect(exitCodeOfSummary(repaired)).toBe(EXIT.ok);
    expect(exitCodeOfSummary({ ...nothing, failed: 1 })).toBe(EXIT.failed);
  });

  it('of a verification is not 0 while a row is unsettled or a table could not be verified', () => {
    const counts = { passed: 3, failed: 0, unsettled: 0, skipped: 0, errors: 0, notVerified: [] };
    const nothing = { ...counts, notCompared: [], differences: 0, repaired: 0 };
    expect(exitCodeOfSummary({ ...nothing, unsettled: 1 })).toBe(EXIT.degraded);
    expect(exitCodeOfSummary({ ...nothing, unsettled: 1, failed: 1 })).toBe(EXIT.failed);
    expect(exitCodeOfSummary({ ...nothing, errors: 1 })).toBe(EXIT.failed);
    const paused = { ...nothing, skipped: 1, notVerified: ['public.a → copy: it is paused'] };
    expect(exitCodeOfSummary(paused)).toBe(EXIT.degraded);
    // A table that is loaded as a whole is never compared.
    expect(exitCodeOfSummary({ ...nothing, skipped: 1 })).toBe(EXIT.ok);
    // Where nothing else was asked for, nobody may take it for verified.
    expect(exitCodeOfSummary({ ...nothing, passed: 0, skipped: 1 })).toBe(EXIT.degraded);
  });
});

describe('findings', () => {
  it('name their subject once', () => {
    expect(findingText(finding('warning'), PLAIN)).toBe('warning The thing is so. [x.y]');
    const other = { ...finding('error'), subject: 'public.a', remedy: 'Do it.' };
    expect(findingText(other, PLAIN)).toBe('error   public.a: The thing is so. Do it. [x.y]');
  });

  it('are counted in the last line', () => {
    expect(conclusion([finding('ok'), finding('info')])).toBe('Everything is ready.');
    expect(conclusion([finding('error'), finding('warning'), finding('warning')])).toBe(
      '1 error and 2 warnings. Errors have to be mended before start.',
    );
  });
});

describe('colour', () => {
  const painted = (isTTY: boolean, env: NodeJS.ProcessEnv) =>
    styleFor({ isTTY, write: () => true }, env).red('x');

  it('is used on a terminal only, and never with NO_COLOR', () => {
    expect(painted(true, {})).toBe('\u001b[31mx\u001b[0m');
    expect(painted(true, { NO_COLOR: '1' })).toBe('x');
    expect(painted(true, { TERM: 'dumb' })).toBe('x');
    expect(painted(false, {})).toBe('x');
  });
});
